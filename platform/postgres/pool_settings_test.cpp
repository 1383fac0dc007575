#include "platform/postgres/pool_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace salesflow::postgres {
namespace {

std::string value_of(const ConnectParameters& parameters, const std::string& keyword) {
  for (std::size_t i = 0; i < parameters.keywords.size(); ++i) {
    if (parameters.keywords[i] == keyword)
      return parameters.values[i];
  }
  return "(absent)";
}

TEST(PoolSettings, SetTheSessionOnlyWhereTheSessionIsOurs) {
  PoolSettings settings;
  const auto direct = connect_parameters(settings, "postgresql://app@db.example/crm?options=-c%20work_mem%3D8MB");
  EXPECT_NE(value_of(direct, "options").find("-c timezone=UTC"), std::string::npos);
  EXPECT_NE(value_of(direct, "options").find("-c work_mem=8MB"), std::string::npos);
  EXPECT_NE(value_of(direct, "options").find("-c search_path=\"$user\",public,extensions"), std::string::npos);
  EXPECT_NE(value_of(direct, "options").find("-c default_transaction_isolation=read\\ committed"), std::string::npos)
      << value_of(direct, "options");
  settings.mode = PoolMode::pooled;
  EXPECT_EQ(value_of(connect_parameters(settings, "host=db.example"), "options"), "(absent)");
}

TEST(PoolSettings, LetTheConnectionStringWin) {
  const auto parameters =
      connect_parameters(PoolSettings{}, "host=db.example application_name=mine keepalives_idle=99");
  EXPECT_EQ(value_of(parameters, "application_name"), "mine");
  EXPECT_EQ(value_of(parameters, "keepalives_idle"), "99");
  EXPECT_EQ(value_of(parameters, "client_encoding"), "UTF8");
}

TEST(PoolSettings, SnapshotsAreRepeatableReadWhateverTheConnectionStringSays) {
  PoolSettings settings;
  settings.one_snapshot = true;
  const auto parameters =
      connect_parameters(settings, "host=x options='-c default_transaction_isolation=serializable'");
  const auto at = std::find(parameters.keywords.begin(), parameters.keywords.end(), "options");
  ASSERT_NE(at, parameters.keywords.end());
  const std::string& options = parameters.values[static_cast<std::size_t>(at - parameters.keywords.begin())];
  EXPECT_TRUE(
      options.ends_with(R"(-c default_transaction_isolation=repeatable\ read -c default_transaction_read_only=on)"))
      << options;
  settings.mode = PoolMode::pooled;
  const auto pooled = connect_parameters(settings, "host=x").keywords;
  EXPECT_EQ(std::count(pooled.begin(), pooled.end(), "options"), 0);
}

TEST(PoolSettings, NeverEncryptWithWhatOnlyLibpqCanRead) {
  const auto parameters = connect_parameters(PoolSettings{}, "host=db.example gssencmode=prefer");
  EXPECT_EQ(value_of(parameters, "gssencmode"), "disable");
  EXPECT_EQ(std::count(parameters.keywords.begin(), parameters.keywords.end(), "gssencmode"), 1);
}

TEST(PoolSettings, ComplainAboutABadUrlWithoutItsPassword) {
  const std::map<std::string, std::string> environment{{"DATABASE_URL", "postgresql://app:secret@host/x?nonsense=1"},
                                                       {"SALESFLOW_PG_CONNECTIONS", "0"}};
  ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
  PoolSettings::read(config);
  ASSERT_EQ(config.errors().size(), 2u);
  for (const auto& complaint : config.errors())
    EXPECT_EQ(complaint.find("secret"), std::string::npos) << complaint;
}

}  // namespace
}  // namespace salesflow::postgres
