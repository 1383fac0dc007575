#include "platform/migrations/backfill_file.hpp"

#include <gtest/gtest.h>

#include "build_paths.hpp"

namespace salesflow::migrations {
namespace {

TEST(BackfillFile, ReadsItsHeaderInOneLineOrSeveral) {
  const std::string one =
      "-- backfill: a | table: public.t | after: 0021 | rows: last_key uuid, looked int8, changed int8\nSELECT $1, $2;";
  const std::string several =
      "-- why: because\n--      of this\n-- backfill: b\n-- table: t\n-- after: 7\n-- rows: last_key, looked, "
      "changed\nSELECT 1";
  const auto backfills = parse_backfills({{"a.sql", one}, {"b.sql", several}});
  ASSERT_TRUE(backfills) << backfills.error().public_detail;
  EXPECT_EQ((*backfills)[0].name, "b") << "in the order of their migrations";
  EXPECT_EQ((*backfills)[1].table, "public.t");
  EXPECT_EQ((*backfills)[1].after, 21);
  EXPECT_EQ((*backfills)[1].sql, "SELECT $1, $2");
}

TEST(BackfillFile, RefusesWhatIsIncomplete) {
  const auto refused = [](const std::string& text, const char* word) {
    const auto backfills = parse_backfills({{"a.sql", text}});
    return backfills.has_error() && backfills.error().public_detail.find(word) != std::string::npos;
  };
  EXPECT_TRUE(refused("-- backfill: a | table: t | after: 1\nSELECT 1", "rows"));
  EXPECT_TRUE(refused("-- backfill: a | table: t | after: soon | rows: x\nSELECT 1", "number"));
  EXPECT_TRUE(refused("-- backfill: a | table: t | after: 1 | rows: x\nSELECT 1; SELECT 2", "one statement"));
}

TEST(BackfillFile, TheBinaryCarriesThoseOfTheFolder) {
  const auto embedded = embedded_backfills();
  const auto loaded = load_backfills(SALESFLOW_SOURCE_DIR "/db/backfills");
  ASSERT_TRUE(embedded && loaded) << (embedded ? loaded : embedded).error().public_detail;
  EXPECT_EQ(embedded->size(), loaded->size());
}

}  // namespace
}  // namespace salesflow::migrations
