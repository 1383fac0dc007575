// Screens of a real slice on a real database, straight and through PgBouncer: one snapshot for all parts, whatever is
// written meanwhile.
#include "apps/salesflow/compose/screen_snapshots.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <set>
#include <thread>

#include "features/deals/routes.hpp"
#include "features/deals/store.hpp"
#include "platform/http/server/router.hpp"
#include "platform/http/server/screen.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::apps {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
namespace json = boost::json;

class ScreenOfDeals : public testing::TestWithParam<PoolMode> {
 protected:
  ScreenOfDeals() {
    const auto account = database.create_account("anna@example.com"),
               other = database.create_account("ben@example.com");
    for (const auto& tenant : {account, other}) {
      database.run(
          "INSERT INTO deals (org_id, title, value, stage, pipeline, currency) SELECT $1, 'Deal ' || i, 100, "
          "'proposal', "
          "'default', 'EUR' FROM generate_series(1, 40) AS i",
          {tenant.org_id.to_string()});
    }
    foreign = one_of(other.org_id);
    own = one_of(account.org_id);
    identity = {account.user_id, account.org_id, {}, OrgRole::owner, false};
    settings.access_log = false;
    router.add(deals::routes(deals));
    router.add(http::screen_route(services, snapshots));
  }
  std::string one_of(const Uuid& org) {
    return database.run("SELECT id FROM deals WHERE org_id = $1 ORDER BY id LIMIT 1", {org.to_string()}).value();
  }
  RequestContext context() const {
    RequestContext made;
    made.identity = identity;
    made.deadline = std::chrono::steady_clock::now() + 30s;
    return made;
  }
  Result<json::value> ask(json::array parts) {
    const std::string body = json::serialize(json::object{{"parts", std::move(parts)}});
    std::vector<std::string> parameters;
    const auto match = router.find(http::Method::post, "/api/screen", parameters);
    http::Request request;
    request.method = http::Method::post;
    request.body = body;
    last = context();
    request.context = &last;
    auto response = rig.run(match.route->handler(request));
    if (!response)
      return response.error();
    return json::parse(*response->body);
  }
  json::value ask_paths(const std::vector<std::string>& paths) {
    json::array parts;
    for (const auto& path : paths)
      parts.push_back(json::object{{"path", path}});
    auto answer = ask(std::move(parts));
    EXPECT_TRUE(answer) << answer.error().public_detail << " " << answer.error().log_detail;
    return answer ? std::move(*answer) : json::value();
  }

  test::TestDatabase database;
  test::PostgresRig rig{test::pool_settings(database, GetParam())};
  std::unique_ptr<deals::Store> store = deals::make_pg_store(*rig.database);
  deals::Deals deals{*store};
  ScreenSnapshots snapshots{*rig.database};
  http::ServerSettings settings;
  http::Router router;
  http::Cors cors{""};
  http::Services services{settings, router, cors};
  Identity identity;
  std::string own, foreign;
  RequestContext last;
};

INSTANTIATE_TEST_SUITE_P(BothModes, ScreenOfDeals, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

TEST_P(ScreenOfDeals, TheBoardsSumIsTheListsSumWhileDealsChange) {
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    auto session = test::SqlSession::connect(database.url(test::Login::superuser)).value();
    while (!stop) {
      const auto written = session.run(
          "UPDATE deals SET value = value + 1 WHERE id = (SELECT id FROM deals WHERE org_id = $1 ORDER BY random() "
          "LIMIT "
          "1)",
          {identity.org_id.to_string()});
      EXPECT_TRUE(written) << written.error().public_detail;
      ++writes;
    }
  });
  std::set<std::int64_t> sums;
  for (int i = 0; i < 300; ++i) {
    const auto answer = ask_paths({"/api/deals/pipeline", "/api/deals?per_page=100", "/api/deals/stats/summary"});
    const auto& parts = answer.at("parts").as_array();
    const auto& totals = parts[0].at("body").at("totals");
    std::int64_t listed = 0;
    for (const auto& item : parts[1].at("body").at("items").as_array()) {
      const auto& value = item.at("value");
      listed += value.is_string() ? std::stoll(std::string(value.as_string())) : value.to_number<std::int64_t>();
    }
    EXPECT_EQ(totals.at("total_value").to_number<std::int64_t>(), listed);
    EXPECT_EQ(totals.at("deal_count"), parts[1].at("body").at("total"));
    EXPECT_EQ(parts[2].at("body").at("open").at("value").to_number<std::int64_t>(), listed);
    sums.insert(listed);
  }
  stop = true;
  writer.join();
  EXPECT_GT(writes, 20);
  EXPECT_GT(sums.size(), 10u) << "nothing was written between the screens";
}

TEST_P(ScreenOfDeals, EightPartsTakeOneRoundTripAndWriteNothing) {
  for (int i = 0; i < 2; ++i) {
    const auto answer = ask_paths({"/api/deals/pipeline", "/api/deals", "/api/deals/stats/summary",
                                   "/api/deals/forecast", "/api/deals/" + own, "/api/deals/stats/breakdown?by=stage",
                                   "/api/deals?stage=proposal", "/api/deals"});
    for (const auto& part : answer.at("parts").as_array())
      EXPECT_EQ(part.at("status"), 200) << json::serialize(part);
    EXPECT_EQ(answer.at("parts").at(1).at("body"), answer.at("parts").at(7).at("body"));
    EXPECT_TRUE(answer.at("as_of").is_string());
  }
  EXPECT_EQ(last.round_trips, 1u);
  EXPECT_GE(last.statements, 8u);
  EXPECT_TRUE(last.written.empty());
}

TEST_P(ScreenOfDeals, EachPartIsAnsweredAsItIsAlone) {
  auto alone = context();
  std::vector<std::string> parameters;
  const auto match = router.find(http::Method::get, "/api/deals/" + own, parameters);
  http::Request request;
  request.path_parameters = parameters;
  request.context = &alone;
  const auto response = rig.run(match.route->handler(request));
  ASSERT_TRUE(response);
  json::array parts{json::object{{"path", "/api/deals/" + foreign}},
                    json::object{{"path", "/api/deals/" + own}, {"etag", response->etag}},
                    json::object{{"path", "/api/deals/" + own}, {"etag", "\"v0\""}},
                    json::object{{"path", "/api/deals?per_page=0"}}, json::object{{"path", "/api/deals/x"}}};
  const auto answer = ask(std::move(parts));
  ASSERT_TRUE(answer) << answer.error().public_detail;
  const auto status = [&](std::size_t part) { return answer->at("parts").at(part).at("status").as_int64(); };
  EXPECT_EQ(status(0), 404);
  EXPECT_EQ(status(1), 304);
  EXPECT_EQ(status(2), 200);
  EXPECT_EQ(answer->at("parts").at(2).at("body"), json::parse(*response->body));
  EXPECT_EQ(answer->at("parts").at(2).at("etag"), json::value(response->etag));
  EXPECT_EQ(status(3), 422);
  EXPECT_EQ(status(4), 400);
}

TEST_P(ScreenOfDeals, SeesWhatWasCommittedBefore) {
  for (int i = 0; i < 20; ++i) {
    database.run("UPDATE deals SET title = $1 WHERE id = $2", {"Title " + std::to_string(i), own});
    EXPECT_EQ(ask_paths({"/api/deals/" + own}).at("parts").at(0).at("body").at("title"),
              json::value("Title " + std::to_string(i)));
  }
}

TEST_P(ScreenOfDeals, AKilledServerProcessFailsTheWholeAndNotTheNext) {
  ask_paths({"/api/deals", "/api/deals/" + own});
  auto blocker = test::SqlSession::connect(database.url(test::Login::superuser)).value();
  blocker.run("BEGIN").value();
  blocker.run("LOCK TABLE deals IN ACCESS EXCLUSIVE MODE").value();
  std::thread killer([&] {
    auto session = test::SqlSession::connect(database.url(test::Login::superuser)).value();
    EXPECT_TRUE(test::wait_until([&] {
      return session
                 .run(
                     "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                     "current_database() AND wait_event_type = 'Lock') AS killed")
                 .value()
                 .integer() > 0;
    }));
  });
  const auto answer = ask({json::object{{"path", "/api/deals"}}, json::object{{"path", "/api/deals/" + own}}});
  killer.join();
  blocker.run("ROLLBACK").value();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(answer.error().retry_after_s, 1);
  ask_paths({"/api/deals", "/api/deals/" + own});
}

}  // namespace
}  // namespace salesflow::apps
