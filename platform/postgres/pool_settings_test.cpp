#include "platform/postgres/pool_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "platform/postgres/replica_settings.hpp"

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

TEST(PoolSettings, TakeSeveralReplicas) {
  using Urls = std::vector<std::string>;
  EXPECT_EQ(split_conninfos(""), Urls{});
  EXPECT_EQ(split_conninfos(" ,"), Urls{});
  EXPECT_EQ(split_conninfos("postgresql://app@db2/crm"), Urls{"postgresql://app@db2/crm"});
  const Urls two{"postgresql://app:p@db2:5433/crm", "postgres://app@db3/crm"};
  for (const char* between : {",", " ", ", ", " ,\n  ", ",,"})
    EXPECT_EQ(split_conninfos(two[0] + between + two[1] + "\n"), two) << between;
  // Several hosts of one URL, and keywords with their values, stay together.
  EXPECT_EQ(split_conninfos("postgresql://a,b:5433/crm"), Urls{"postgresql://a,b:5433/crm"});
  EXPECT_EQ(split_conninfos("host=db2 user=app"), Urls{"host=db2 user=app"});
  EXPECT_EQ(split_conninfos("postgresql://db2/crm mysql://db3/crm"), (Urls{"postgresql://db2/crm", "mysql://db3/crm"}));
}

TEST(PoolSettings, NameAServerWithoutItsSecrets) {
  EXPECT_EQ(server_name("postgresql://app:secret@db2.example:5433/crm"), "db2.example:5433");
  EXPECT_EQ(server_name("postgresql://app:secret@[::1]/crm"), "::1:5432");
  EXPECT_EQ(server_name("host=a,b port=1,2 password=secret"), "a:1");
  EXPECT_EQ(server_name("dbname=crm"), "local:5432");
  EXPECT_EQ(server_name("mysql://secret@db3"), "?");
}

TEST(PoolSettings, SayHowReplicasAreWaitedFor) {
  const auto read = [](const std::string& wait, std::vector<std::string>* errors = nullptr) {
    ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
      return name == "SALESFLOW_PG_REPLICA_WAIT"             ? std::optional(wait)
             : name == "SALESFLOW_PG_REPLICA_PROBE_INTERVAL" ? std::optional<std::string>("100ms")
                                                             : std::nullopt;
    });
    const auto settings = PoolSettings::read(config);
    if (errors)
      *errors = config.errors();
    return settings.replicas;
  };
  EXPECT_EQ(read("80ms").wait, std::chrono::milliseconds(80));
  EXPECT_EQ(read("80ms").probe_interval, std::chrono::milliseconds(100));
  std::vector<std::string> errors;
  read("0ms", &errors);
  EXPECT_EQ(errors.size(), 1u) << "half of it is how long a living one may be silent";
}

TEST(PoolSettings, ComplainAboutTheReplicaThatIsWrong) {
  const auto complaints = [](const std::string& urls) {
    ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
      return name == "DATABASE_REPLICA_URL" ? std::optional(urls) : std::nullopt;
    });
    PoolSettings::read(config);
    return config.errors();
  };
  const std::string good = "postgresql://app:secret@db2/crm", bad = "postgresql://app:secret@db3/crm?nonsense=1";
  EXPECT_TRUE(complaints(good).empty());
  ASSERT_EQ(complaints(good + ", " + bad).size(), 1u);
  EXPECT_TRUE(complaints(good + ", " + bad)[0].starts_with("DATABASE_REPLICA_URL number 2 "))
      << complaints(good + ", " + bad)[0];
  EXPECT_TRUE(complaints(bad)[0].starts_with("DATABASE_REPLICA_URL is not ")) << complaints(bad)[0];
  ASSERT_EQ(complaints(good + " " + good).size(), 1u);
  EXPECT_EQ(complaints(good + " " + good)[0], "DATABASE_REPLICA_URL number 2 (db2:5432) is there twice");
}

}  // namespace
}  // namespace salesflow::postgres
