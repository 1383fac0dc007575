// Time series over HTTP: what is refused and why, and real files imported, counted and held against what Python's csv
// and zoneinfo say of the same files.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "build_paths.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

namespace fs = std::filesystem;

const fs::path real_data = fs::path(SALESFLOW_SOURCE_DIR).parent_path() / "shared/data";

/// (bucket, key) → "count value"
using Figures = std::map<std::pair<std::string, std::string>, std::string>;

class TimeseriesStory : public ServerStory {
 protected:
  CommandResult import(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "import");
    return run_salesflow(std::move(arguments), server_environment(database.url(Login::app), database.url(Login::auth),
                                                                  database.url(Login::worker)));
  }
  /// What tests/integration/count_files.py prints.
  static std::string count_files(const std::string& arguments) {
    FILE* pipe = popen(("python3 " SALESFLOW_SOURCE_DIR "/tests/integration/count_files.py " + arguments).c_str(), "r");
    std::string text;
    char part[4096];
    for (std::size_t got; pipe != nullptr && (got = fread(part, 1, sizeof part, pipe)) > 0;)
      text.append(part, got);
    EXPECT_EQ(pipe == nullptr ? -1 : pclose(pipe), 0) << arguments;
    return text;
  }
  static Figures said_by_files(const std::string& arguments) {
    Figures figures;
    std::istringstream lines(count_files(arguments));
    std::string day, key, count, value;
    while (std::getline(lines, day, '\t') && std::getline(lines, key, '\t') && std::getline(lines, count, '\t') &&
           std::getline(lines, value))
      figures[{day, key}] = count + " " + value;
    EXPECT_FALSE(figures.empty()) << arguments;
    return figures;
  }
  Figures said_by_server(const std::string& token, const std::string& query) {
    const auto answer = server().get("/api/analytics/timeseries?" + query, token);
    Figures figures;
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    if (answer.status != 200)
      return figures;
    const auto& buckets = answer.body.at("buckets").as_array();
    for (const auto& series : answer.body.at("series").as_array()) {
      const auto& name = series.at("name").is_null() ? series.at("key") : series.at("name");
      const auto& counts = series.at("counts").as_array();
      EXPECT_EQ(counts.size(), buckets.size());
      for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i].as_int64() == 0)
          continue;
        const double value = series.at("values").is_null() ? 0 : series.at("values").at(i).to_number<double>();
        figures[{std::string(buckets[i].at("date").as_string()),
                 name.is_null() ? "-" : std::string(name.as_string())}] =
            std::to_string(counts[i].as_int64()) + " " + std::to_string(static_cast<long>(value));
      }
    }
    return figures;
  }
};

TEST_F(TimeseriesStory, WonDealsOfRealOpportunitiesAreWhatTheFileSays) {
  const fs::path folder = real_data / "crm-opportunities";
  if (!fs::exists(folder)) {
    std::cout << "skipped: the real opportunities (shared/data/crm-opportunities beside the checkout) are not here\n";
    return;
  }
  const auto anna = server().sign_up("anna@example.com");
  const auto done = import({"opportunities", folder.string(), "--user", "anna@example.com", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.output;
  const std::string file = (folder / "sales_pipeline.csv").string();
  std::size_t compared = 0;
  for (const char* zone : {"UTC", "Europe/Vienna", "America/New_York"}) {
    for (const char* unit : {"day", "week", "month"}) {
      for (const char* by : {"none", "stage", "owner"}) {
        const auto wanted = said_by_files("won " + file + " " + zone + " " + unit + " " + by);
        EXPECT_EQ(said_by_server(anna.token, std::string("metric=deals_won&from=2016-10-01&to=2017-12-31&tz=") + zone +
                                                 "&interval=" + unit + "&group_by=" + by),
                  wanted)
            << zone << " " << unit << " " << by;
        compared += wanted.size();
      }
    }
  }
  EXPECT_GT(compared, 10'000u);
  // They came with a past: the newest of them entered its stage on the last day of 2017, and some have none and are
  // new.
  const auto stages =
      server().get("/api/analytics/timeseries?metric=stage_conversion&from=2017-01-01&to=2017-12-31", anna.token);
  EXPECT_EQ(stages.body.at("known_since").as_string(),
            database
                .run("SELECT to_char(max(stage_entered_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
                     "FROM deals WHERE "
                     "created_at < stage_entered_at")
                .value());
}

TEST_F(TimeseriesStory, RealMessagesAreCountedByTheDaysOfAZone) {
  const fs::path file = real_data / "messages/sms-spam-collection.tsv";
  if (!fs::exists(file)) {
    std::cout << "skipped: the real messages (shared/data/messages beside the checkout) are not here\n";
    return;
  }
  const auto anna = server().sign_up("anna@example.com");
  const std::string dated =
      (fs::path(testing::TempDir()) / ("salesflow_" + std::to_string(::getpid()) + "_dated.tsv")).string();
  count_files("write " + file.string() + " " + dated);
  const auto done = import({"events", dated, "--user", "anna@example.com", "--no-header", "--map",
                            "created_at=1,text=3", "--set", "channel=whatsapp", "--set", "direction=inbound"});
  ASSERT_EQ(done.exit_code, 0) << done.output;
  for (const char* zone : {"UTC", "Europe/Vienna", "Asia/Kathmandu", "America/St_Johns"}) {
    for (const char* unit : {"day", "week", "month"}) {
      const auto wanted = said_by_files("messages " + dated + " " + zone + " " + unit);
      EXPECT_EQ(said_by_server(anna.token, std::string("metric=messages&from=2026-03-01&to=2026-05-31&tz=") + zone +
                                               "&interval=" + unit),
                wanted)
          << zone << " " << unit;
    }
  }
  // The day of 23 hours: 107 or 106 instead of 111 or 110.
  const auto day = server().get(
      "/api/analytics/timeseries?metric=messages&from=2026-03-29&to=2026-03-29&tz=Europe/Vienna", anna.token);
  EXPECT_NEAR(day.body.at("series").at(0).at("count").as_int64(), 23 * 60 / 13, 1);
  fs::remove(dated);
}

TEST_F(TimeseriesStory, BadInputIsNamed) {
  const auto anna = server().sign_up("anna@example.com");
  const auto refused = [&](const std::string& query) {
    const auto answer = server().get("/api/analytics/timeseries?" + query, anna.token);
    EXPECT_EQ(answer.status, 422) << query << answer.raw.body;
    return answer.detail();
  };
  for (const char* metric : {"messages", "replies", "leads", "deals_won", "stage_conversion", "time_in_stage"}) {
    EXPECT_NE(refused("metric=sunshine").find(metric), std::string::npos);
    EXPECT_NE(refused("").find(metric), std::string::npos);
    EXPECT_EQ(server().get("/api/analytics/timeseries?metric=" + std::string(metric), anna.token).status, 200)
        << metric;
  }
  EXPECT_NE(refused("metric=messages&group_by=mood").find("channel"), std::string::npos);
  EXPECT_NE(refused("metric=messages&group_by=owner").find("none, channel, direction, status, template"),
            std::string::npos);
  EXPECT_NE(refused("metric=messages&tz=Europe/Atlantis").find("tz"), std::string::npos);
  EXPECT_NE(refused("metric=messages&tz=Foo%2B3").find("tz"), std::string::npos);
  EXPECT_NE(refused("metric=messages&from=2026-03-02&to=2026-03-01").find("from"), std::string::npos);
  EXPECT_NE(refused("metric=messages&from=2020-01-01&to=2026-03-01").find("from"), std::string::npos);
  for (const char* days : {"0", "-1", "100000"})
    EXPECT_NE(refused("metric=leads&days=" + std::string(days)).find("days"), std::string::npos);
  EXPECT_EQ(server().get("/api/analytics/timeseries?metric=messages").status, 401);
}

}  // namespace
}  // namespace salesflow::test
