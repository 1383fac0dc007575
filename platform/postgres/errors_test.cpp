#include "platform/postgres/errors.hpp"

#include <gtest/gtest.h>

namespace salesflow::postgres {
namespace {

TEST(PostgresErrors, HaveOneMeaningForEachSqlstate) {
  const std::pair<const char*, Errc> table[] = {{"23505", Errc::conflict},         {"23P01", Errc::conflict},
                                                {"23503", Errc::invalid_argument}, {"23514", Errc::invalid_argument},
                                                {"23502", Errc::invalid_argument}, {"22003", Errc::invalid_argument},
                                                {"22P02", Errc::invalid_argument}, {"40001", Errc::unavailable},
                                                {"40P01", Errc::unavailable},      {"57014", Errc::deadline_exceeded},
                                                {"57P01", Errc::unavailable},      {"57P03", Errc::unavailable},
                                                {"53300", Errc::unavailable},      {"08006", Errc::unavailable},
                                                {"25006", Errc::unavailable},      {"42P01", Errc::internal},
                                                {"42703", Errc::internal},         {"0A000", Errc::internal},
                                                {"XX000", Errc::internal},         {"", Errc::internal}};
  for (const auto& [sqlstate, code] : table)
    EXPECT_EQ(classify(sqlstate, ""), code) << sqlstate;
}

TEST(PostgresErrors, TellARefusedRowFromAMissingGrant) {
  EXPECT_EQ(classify("42501", "new row violates row-level security policy for table \"items\""), Errc::forbidden);
  EXPECT_EQ(classify("42501", "permission denied for table items"), Errc::internal);
}

TEST(PostgresErrors, NameTheFieldAConstraintSpeaksOf) {
  EXPECT_EQ(field_of("items", "items_name_check", ""), "name");
  EXPECT_EQ(field_of("items", "items_user_name_key", ""), "user_name");
  EXPECT_EQ(field_of("items", "items_contact_id_fkey", ""), "contact_id");
  EXPECT_EQ(field_of("items", "", "amount"), "amount");
  EXPECT_EQ(field_of("items", "items_pkey", ""), "");
  EXPECT_EQ(field_of("items", "other_name_check", ""), "");
  EXPECT_EQ(field_of("", "", ""), "");
}

}  // namespace
}  // namespace salesflow::postgres
