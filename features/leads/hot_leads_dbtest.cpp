// Hot leads and figures of leads on a real PostgreSQL: what triggers keep against a recount of the tables.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <future>

#include "features/leads/json.hpp"
#include "features/leads/store.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/plan_check.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::leads {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::Login;

/// A user's hot leads, line by line, counted without anything that is kept.
constexpr const char* recount_sql = R"sql(
SELECT coalesce(string_agg(concat_ws(' ', l.id, l.p_score::float8, v.v_score::float8, i.i_score::float8, e.e_score::float8, e.company_name,
                                     i.intent_stage, coalesce(i.requested_demo, false)), E'\n'
                           ORDER BY l.p_score DESC, coalesce(i.i_score, -1) DESC, l.id DESC), '')
FROM leads AS l
LEFT JOIN (SELECT DISTINCT ON (user_id, lead_id) * FROM lead_verifications ORDER BY user_id, lead_id, created_at DESC, id DESC) AS v
       ON v.user_id = l.user_id AND v.lead_id = l.id
LEFT JOIN (SELECT DISTINCT ON (user_id, lead_id) * FROM lead_intents ORDER BY user_id, lead_id, created_at DESC, id DESC) AS i
       ON i.user_id = l.user_id AND i.lead_id = l.id
LEFT JOIN (SELECT DISTINCT ON (user_id, lead_id) * FROM lead_enrichments ORDER BY user_id, lead_id, created_at DESC, id DESC) AS e
       ON e.user_id = l.user_id AND e.lead_id = l.id
WHERE l.user_id = $1 AND l.p_score >= $2::numeric AND (v.v_score IS NULL OR v.v_score >= 60) AND v.is_duplicate IS NOT TRUE)sql";

class HotLeads : public testing::Test {
 protected:
  HotLeads() { request_ = request_of(anna_); }
  static RequestContext request_of(const test::TestDatabase::Account& account) {
    RequestContext request;
    request.identity.user_id = account.user_id;
    request.identity.org_id = account.org_id;
    request.deadline = std::chrono::steady_clock::now() + 60s;
    return request;
  }
  static std::string line_of(const HotLeadRow& lead) {
    std::string line = lead.id.to_string();
    for (const auto& score : {lead.p_score, lead.v_score, lead.i_score, lead.e_score}) {
      if (score)
        line += fmt::format(" {}", *score);
    }
    for (const auto& text : {lead.company_name, lead.intent_stage}) {
      if (text)
        line += " " + std::string(*text);
    }
    return line + (lead.requested_demo ? " t" : " f");
  }
  /// All pages, line by line.
  std::string lines(int min_score = 75, AnalyticsSource source = AnalyticsSource::live, std::int64_t limit_rows = 100) {
    HotRequest asked{min_score, "", limit_rows, source};
    std::string text;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = rig_.run(leads_.list_hot_leads(request_, asked));
      if (!page)
        return "error: " + page.error().log_detail + page.error().public_detail;
      for (const auto& lead : page->items)
        text += (text.empty() ? "" : "\n") + line_of(lead);
      if (!page->next_cursor)
        return text;
      asked.cursor = *page->next_cursor;
    }
    return "the pages do not end";
  }
  std::string recount(const test::TestDatabase::Account& account, int min_score = 75) {
    return database_.run(recount_sql, {account.user_id.to_string(), std::to_string(min_score)}).value();
  }
  /// What is wrong with either user's lists; empty: nothing.
  std::string difference() {
    for (const auto& account : {anna_, ben_}) {
      request_ = request_of(account);
      for (const int min_score : {0, 75}) {
        const std::string expected = recount(account, min_score);
        for (const auto source : {AnalyticsSource::live, AnalyticsSource::raw}) {
          const std::string found = lines(min_score, source, source == AnalyticsSource::live ? 2 : 100);
          if (found != expected)
            return fmt::format("{} {}: {}\ninstead of\n{}", min_score, source == AnalyticsSource::live ? "live" : "raw",
                               found, expected);
        }
      }
    }
    request_ = request_of(anna_);
    return left_behind();
  }
  /// What is kept of leads that their user does not have, or not any more: no list shows it, and nothing takes it away
  /// later.
  std::string left_behind() {
    return database_
        .run(
            "SELECT coalesce(string_agg(format('%s is kept for %s', h.lead_id, h.user_id), E'\n'), '') FROM lead_hot "
            "AS h WHERE NOT EXISTS (SELECT FROM leads AS l WHERE l.user_id = h.user_id AND l.id = h.lead_id)")
        .value();
  }
  Uuid add_lead(const std::string& p_score, const test::TestDatabase::Account* account = nullptr) {
    return *Uuid::parse(
        database_
            .run("INSERT INTO leads (user_id, name, p_score) VALUES ($1, 'Eva', $2::numeric) RETURNING id",
                 {(account ? *account : anna_).user_id.to_string(), p_score})
            .value());
  }
  void verify(const Uuid& lead, const std::string& v_score, const std::string& more = "false, now()") {
    database_.run(
        "INSERT INTO lead_verifications (user_id, lead_id, v_score, is_duplicate, created_at) SELECT user_id, id, "
        "$2::numeric, " +
            more + " FROM leads WHERE id = $1",
        {lead.to_string(), v_score});
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::TestDatabase::Account ben_ = database_.create_account("ben@example.com");
  test::PostgresRig rig_{test::pool_settings(database_, PoolMode::direct)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Leads leads_{*store_};
  RequestContext request_;
};

/// One write; which one, and of what, is told by the numbers.
std::string random_write(const std::string& anna, const std::string& ben) {
  const auto lead = [] { return fmt::format("'00000000-0000-4000-8000-{:012}'", *rc::gen::inRange(1, 6)); };
  const auto user = [&] { return "'" + (*rc::gen::arbitrary<bool>() ? anna : ben) + "'"; };
  const auto score = [] {
    return std::string(*rc::gen::element<const char*>("NULL", "0", "59.99", "60", "74.99", "75", "75.5", "80", "100"));
  };
  const auto flag = [] { return std::string(*rc::gen::element<const char*>("NULL", "false", "false", "true")); };
  // Few instants: many rows are made at the same one.
  const auto instant = [] {
    return fmt::format("timestamptz '2026-03-01Z' + interval '{} days'", *rc::gen::inRange(0, 3));
  };
  struct Satellite {
    const char *table, *score, *others;
  };
  const auto satellite = *rc::gen::element(Satellite{"lead_verifications", "v_score", "is_duplicate"},
                                           Satellite{"lead_verifications", "v_score", "is_duplicate"},
                                           Satellite{"lead_intents", "i_score", "requested_demo"},
                                           Satellite{"lead_enrichments", "e_score", "is_hiring"});
  const auto some = fmt::format("id IN (SELECT id FROM {} ORDER BY md5(id::text || '{}') LIMIT {})", satellite.table,
                                *rc::gen::inRange(0, 100), *rc::gen::inRange(1, 3));
  switch (*rc::gen::inRange(0, 14)) {
    case 0:
    case 1:
      return fmt::format(
          "INSERT INTO leads (id, user_id, name, p_score) VALUES ({}, {}, 'x', {}) ON CONFLICT (id) DO UPDATE SET "
          "p_score = excluded.p_score",
          lead(), user(), score());
    case 2:
      return fmt::format("UPDATE leads SET p_score = {} WHERE id = {}", score(), lead());
    case 3:
      return fmt::format("UPDATE leads SET user_id = {} WHERE id = {}", user(), lead());
    case 4:
      return fmt::format("DELETE FROM leads WHERE id = {}", lead());
    case 5:
    case 6:
    case 7:
    case 8:
      return fmt::format(
          "INSERT INTO {} (user_id, lead_id, {}, {}, created_at) SELECT user_id, id, {}, {}, {} FROM leads WHERE id = "
          "{} OR {}",
          satellite.table, satellite.score, satellite.others, score(), flag(), instant(), lead(),
          *rc::gen::element<const char*>("false", "false", "true"));
    case 9:
      return fmt::format("UPDATE {} SET {} = {} WHERE {}", satellite.table, satellite.score, score(), some);
    case 10:
      return fmt::format("UPDATE {} SET {} = {} WHERE {}", satellite.table, satellite.others, flag(), some);
    case 11:
      return fmt::format("UPDATE {} SET created_at = {} WHERE {}", satellite.table, instant(), some);
    case 12:
      return fmt::format(
          "UPDATE {0} AS s SET lead_id = l.id, user_id = l.user_id FROM leads AS l WHERE l.id = {1} AND s.{2}",
          satellite.table, lead(), some);
    default:
      return fmt::format("DELETE FROM {} WHERE {}", satellite.table, some);
  }
}

TEST_F(HotLeads, EqualARecountAfterRandomWritesOfLeadsAndAllTheirSatellites) {
  const std::string anna = anna_.user_id.to_string(), ben = ben_.user_id.to_string();
  const bool holds = rc::check("hot leads", [&] {
    database_.run(*rc::gen::element<std::string>("TRUNCATE leads CASCADE", "DELETE FROM leads"));
    RC_ASSERT(difference() == "");
    const int writes = *rc::gen::inRange(1, 24);
    for (int i = 0; i < writes; ++i) {
      const std::string write = random_write(anna, ben);
      const int kind = *rc::gen::inRange(0, 6);
      database_.run("BEGIN");
      database_.run(write);
      if (kind == 0)
        database_.run(random_write(anna, ben));
      database_.run(kind == 1 ? "ROLLBACK" : "COMMIT");
      if (i % 6 == 5)
        RC_ASSERT(difference() == "");
    }
    RC_ASSERT(difference() == "");
    RC_ASSERT(database_.run_as(Login::worker, "SELECT coalesce(sum(wrong_groups), 0) FROM salesflow.verify_rollups()")
                  .value() == "0");
  });
  EXPECT_TRUE(holds);
}

TEST_F(HotLeads, ALeadThatChangesItsUserIsForgottenByTheOldOne) {
  add_lead("90");
  const Uuid verified = add_lead("80");
  verify(verified, "70");
  database_.run("UPDATE leads SET user_id = $1", {ben_.user_id.to_string()});
  EXPECT_EQ(lines(0), "");
  request_ = request_of(ben_);
  EXPECT_EQ(lines(0), recount(ben_, 0));
  EXPECT_EQ(left_behind(), "");
  database_.run("UPDATE leads SET user_id = $1, p_score = NULL", {anna_.user_id.to_string()});
  EXPECT_EQ(difference(), "");
}

TEST_F(HotLeads, AVerificationAloneShowsInTheNextRead) {
  const Uuid lead = add_lead("90");
  EXPECT_EQ(lines(), lead.to_string() + " 90 f");
  verify(lead, "70");
  EXPECT_EQ(lines(), lead.to_string() + " 90 70 f");
  database_.run("UPDATE lead_verifications SET v_score = 59");
  EXPECT_EQ(lines(), "") << "too low";
  database_.run("UPDATE lead_verifications SET v_score = 60");
  EXPECT_EQ(lines(), lead.to_string() + " 90 60 f");
  database_.run("UPDATE lead_verifications SET is_duplicate = true");
  EXPECT_EQ(lines(), "") << "a duplicate";
  verify(lead, "80", "NULL, now() + interval '1 minute'");
  EXPECT_EQ(lines(), lead.to_string() + " 90 80 f") << "only the newest counts";
  database_.run("DELETE FROM lead_verifications WHERE v_score = 80");
  EXPECT_EQ(lines(), "");
  database_.run("TRUNCATE lead_verifications");
  EXPECT_EQ(lines(), lead.to_string() + " 90 f");
}

TEST_F(HotLeads, SeesWhatBothOfTwoWritersOfOneLeadWrote) {
  add_lead("90");
  auto first = cluster::SqlSession::connect(database_.url(Login::superuser)).value();
  auto second = cluster::SqlSession::connect(database_.url(Login::superuser)).value();
  auto third = cluster::SqlSession::connect(database_.url(Login::superuser)).value();
  const std::string insert =
      "INSERT INTO lead_verifications (user_id, lead_id, v_score, created_at) SELECT user_id, id, {}, now() + "
      "interval '{} minutes' FROM leads";
  third.run("BEGIN ISOLATION LEVEL REPEATABLE READ").value();
  third.run("SELECT count(*) FROM leads").value();
  first.run("BEGIN").value();
  first.run(fmt::format(fmt::runtime(insert), 50, 2)).value();
  // Its verification is older than the one that is not committed yet.
  auto waiting =
      std::async(std::launch::async, [&] { return second.run(fmt::format(fmt::runtime(insert), 99, 1)).has_value(); });
  EXPECT_TRUE(test::wait_until([&] {
    return database_.run("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").integer() == 1;
  }));
  first.run("COMMIT").value();
  EXPECT_TRUE(waiting.get());
  EXPECT_EQ(difference(), "");
  EXPECT_EQ(lines(), "") << "the newest says 50";
  // Whoever does not see these must not decide.
  EXPECT_FALSE(third.run(fmt::format(fmt::runtime(insert), 99, 0)).has_value());
  third.run("ROLLBACK").value();
  EXPECT_EQ(difference(), "");
}

TEST_F(HotLeads, AreOrderedByScoreThenIntentAndPagedWithoutGaps) {
  std::vector<Uuid> made;
  for (int i = 0; i < 9; ++i) {
    made.push_back(add_lead(i < 3 ? "95" : "90"));
    if (i % 2 == 0)
      database_.run(
          "INSERT INTO lead_intents (user_id, lead_id, i_score, requested_demo) SELECT user_id, id, $2::numeric, "
          "true FROM leads WHERE id = $1",
          {made.back().to_string(), std::to_string(i * 10)});
  }
  add_lead("74.99");
  const std::string all = lines();
  EXPECT_EQ(all, recount(anna_));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 8);
  for (const int limit : {1, 2, 5})
    EXPECT_EQ(lines(75, AnalyticsSource::live, limit), all);
  EXPECT_EQ(lines(75, AnalyticsSource::raw, 2), all);
  // Another user sees none of it, and another's cursor is refused.
  HotRequest asked{75, "", 2, AnalyticsSource::live};
  const auto page = rig_.run(leads_.list_hot_leads(request_, asked));
  ASSERT_TRUE(page && page->next_cursor);
  request_ = request_of(ben_);
  EXPECT_EQ(lines(0), "");
  EXPECT_EQ(lines(0, AnalyticsSource::raw), "");
  asked.cursor = *page->next_cursor;
  EXPECT_EQ(rig_.run(leads_.list_hot_leads(request_, asked)).error().code, Errc::malformed);
}

TEST_F(HotLeads, TheMaterializedViewTellsItsAge) {
  const Uuid lead = add_lead("90");
  verify(lead, "70");
  HotRequest asked{75, "", 20, AnalyticsSource::mv};
  EXPECT_EQ(rig_.run(leads_.list_hot_leads(request_, asked)).error().code, Errc::unavailable) << "never refreshed";
  database_.run_as(Login::worker, "SELECT salesflow.refresh_materialized_view('mv_hot_leads')");
  database_.run("UPDATE salesflow.view_refreshes SET refreshed_at = refreshed_at - interval '7 minutes'");
  database_.run("UPDATE leads SET p_score = 10");
  const auto page = rig_.run(leads_.list_hot_leads(request_, asked));
  ASSERT_TRUE(page) << page.error().log_detail;
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(line_of(page->items.rows.front()), lead.to_string() + " 90 70 f");
  EXPECT_EQ(page->origin.source, AnalyticsSource::mv);
  EXPECT_TRUE(page->origin.cached);
  EXPECT_NEAR(page->origin.age_s, 420, 60);
  EXPECT_EQ(lines(), "") << "live knows better";
}

TEST_F(HotLeads, ReadFiveBuffersForIdsAndFourForALead) {
  database_.run(
      "ALTER TABLE leads SET (autovacuum_enabled = false); ALTER TABLE lead_hot SET (autovacuum_enabled = false)");
  const std::string user = anna_.user_id.to_string();
  database_.run(
      "INSERT INTO leads (user_id, name, p_score) SELECT $1, 'Lead ' || i, i % 101 FROM generate_series(1, 20000) AS i",
      {user});
  database_.run(
      "INSERT INTO lead_verifications (user_id, lead_id, v_score) SELECT user_id, id, 40 + p_score FROM leads WHERE "
      "p_score < 60 OR id < '80000000-0000-0000-0000-000000000000'");
  database_.run("INSERT INTO lead_intents (user_id, lead_id, i_score) SELECT user_id, id, p_score / 2 FROM leads");
  database_.run(
      "INSERT INTO lead_enrichments (user_id, lead_id, company_name) SELECT user_id, id, name || ' GmbH' FROM leads");
  for (const char* table : {"leads", "lead_hot"})
    database_.run(std::string("VACUUM (ANALYZE) ") + table);
  const CatalogueEntry* statement = nullptr;
  for (const CatalogueEntry& entry : all_statements()) {
    if (entry.query->name == "leads.list_hot_leads")
      statement = &entry;
  }
  ASSERT_NE(statement, nullptr);
  for (const auto mode : {test::PlanMode::custom, test::PlanMode::generic}) {
    for (const int rows : {2, 21, 101}) {
      const auto facts = test::explain(
          database_, anna_.user_id, anna_.org_id, *statement->query,
          {"'" + user + "'", "7500", "32767", "32767", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", std::to_string(rows)},
          mode);
      EXPECT_EQ(facts.rows, rows);
      EXPECT_LE(facts.buffers, 4 * rows + 10) << facts.text;
      EXPECT_NE(facts.text.find("Index Only Scan using idx_lead_hot"), std::string::npos) << facts.text;
      EXPECT_FALSE(facts.sorts) << facts.text;
    }
  }
  const std::string ids =
      "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT lead_id FROM lead_hot WHERE user_id = '" + user +
      "' AND p_score_key IS NOT NULL AND p_score_key >= 7500 ORDER BY p_score_key DESC, i_score_key DESC, lead_id DESC "
      "LIMIT 101";
  database_.run_as_tenant(anna_.user_id, anna_.org_id, ids);
  const std::string plan = database_.run_as_tenant(anna_.user_id, anna_.org_id, ids).value();
  const auto at = plan.find("\"Shared Hit Blocks\": ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LE(std::stoi(plan.substr(at + 21)), 101 + 5) << plan;
}

TEST_F(HotLeads, SatellitesOfAnotherUserDoNotCount) {
  const Uuid lead = add_lead("90");
  // No key of ours lets such a row in; found tables have none.
  database_.run(
      "SET session_replication_role = replica; INSERT INTO lead_verifications (user_id, lead_id, v_score) VALUES ('" +
      ben_.user_id.to_string() + "', '" + lead.to_string() + "', 10); RESET session_replication_role");
  database_.run("UPDATE lead_verifications SET v_score = 5");
  EXPECT_EQ(lines(), lead.to_string() + " 90 f");
  EXPECT_EQ(database_.run("SELECT count(*) FROM lead_hot WHERE user_id = $1", {ben_.user_id.to_string()}).integer(), 0);
}

TEST_F(HotLeads, FiguresOfLeadsFollowEachWrite) {
  const auto pipeline = [&] {
    const auto found = rig_.run(leads_.read_pipeline(request_));
    EXPECT_TRUE(found) << found.error().log_detail;
    const PipelineRow& row = **found;
    return fmt::format("{} {} {} {} {}", row.total, row.hot, row.warm, row.cool, row.by_status.text);
  };
  EXPECT_EQ(pipeline(), "0 0 0 0 {}");
  for (const char* score : {"80", "79.99", "60", "59.99", "40", "39.99"})
    add_lead(score);
  add_lead("100", &ben_);
  database_.run("UPDATE leads SET status = 'Won' WHERE p_score >= 79");
  EXPECT_EQ(pipeline(), R"(6 1 2 2 {"new": 4, "won": 2})");
  database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(1000)");
  EXPECT_EQ(pipeline(), R"(6 1 2 2 {"new": 4, "won": 2})");
  database_.run("DELETE FROM leads WHERE p_score < 40");
  EXPECT_EQ(pipeline(), R"(5 1 2 2 {"new": 3, "won": 2})");

  const auto arrivals = [&](std::int64_t days) {
    const auto found = rig_.run(leads_.read_acquisition(request_, days));
    EXPECT_TRUE(found) << found.error().log_detail;
    const AcquisitionRow& row = **found;
    return fmt::format("{} {} {}", row.total, row.by_source.text, row.top_sources.text);
  };
  // To the second: what was made a minute before the period does not count, a minute later it does.
  database_.run(
      "UPDATE leads SET source = 'fair', created_at = now() - interval '3 days' + interval '1 minute' WHERE p_score = "
      "80");
  database_.run(
      "UPDATE leads SET source = ' ', created_at = now() - interval '3 days' - interval '1 minute' WHERE p_score = 60");
  EXPECT_EQ(arrivals(3),
            R"(4 {"fair": 1, "unknown": 3} [{"count": 3, "source": "unknown"}, {"count": 1, "source": "fair"}])");
  database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(1000)");
  EXPECT_EQ(arrivals(4),
            R"(5 {"fair": 1, "unknown": 4} [{"count": 4, "source": "unknown"}, {"count": 1, "source": "fair"}])");
  EXPECT_EQ(database_
                .run_as_tenant(anna_.user_id, anna_.org_id,
                               "SELECT concat_ws(' ', leads, hot_leads, new_leads) FROM "
                               "get_user_analytics_summary('" +
                                   anna_.user_id.to_string() + "', 3)")
                .value(),
            "5 2 4");
}

}  // namespace
}  // namespace salesflow::leads
