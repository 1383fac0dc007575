// A user's figures on a real PostgreSQL: money by currency, and what else they say as the function that told them
// before.
#include "features/analytics/summary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "features/analytics/summary_store.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;

class SummaryOnPostgres : public testing::Test {
 protected:
  SummaryOnPostgres() {
    request_.identity.user_id = anna_.user_id;
    request_.identity.org_id = anna_.org_id;
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  void add_deal(const std::string& value, const std::string& currency, const std::string& stage = "new",
                const std::string& closed = "") {
    database_.run(
        "INSERT INTO deals (org_id, owner_id, title, value, currency, stage, closed_at) VALUES ($1, $2, 'Deal', "
        "$3::numeric, $4, $5, nullif($6, '')::timestamptz)",
        {anna_.org_id.to_string(), anna_.user_id.to_string(), value, currency, stage, closed});
  }
  std::string money() {
    const auto found = rig_.run(summary_.read(request_, 30));
    if (!found)
      return found.error().public_detail + found.error().log_detail;
    const SummaryRow& row = **found;
    return fmt::format("{}: open {} {} {}; won {} {} {}", row.currency, row.open_deals,
                       row.open_deals_value ? row.open_deals_value->text : "null", row.open_deals_by_currency.text,
                       row.won_deals, row.won_deals_value ? row.won_deals_value->text : "null",
                       row.won_deals_by_currency.text);
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<SummaryStore> store_ = make_pg_summary_store(*rig_.database);
  Summary summary_{*store_};
  RequestContext request_;
};

TEST_F(SummaryOnPostgres, ValuesAreOfOneCurrencyOrNone) {
  EXPECT_EQ(money(), "EUR: open 0 0 []; won 0 0 []");
  add_deal("10.50", "EUR");
  add_deal("1.25", " ");  // no currency: EUR, as such deals are served
  add_deal("7", "EUR", "won");
  EXPECT_EQ(money(), R"(EUR: open 2 11.75 [{"currency" : "EUR", "count" : 2, "value" : "11.75"}]; )"
                     R"(won 1 7 [{"currency" : "EUR", "count" : 1, "value" : "7.00"}])");
  add_deal("1000000", "jpy");
  EXPECT_EQ(money(), R"(EUR: open 3 null [{"currency" : "EUR", "count" : 2, "value" : "11.75"}, )"
                     R"({"currency" : "JPY", "count" : 1, "value" : "1000000"}]; )"
                     R"(won 1 7 [{"currency" : "EUR", "count" : 1, "value" : "7.00"}])");
  database_.run("DELETE FROM deals WHERE currency IS DISTINCT FROM 'jpy'");
  EXPECT_EQ(money(), R"(EUR: open 1 null [{"currency" : "JPY", "count" : 1, "value" : "1000000"}]; won 0 0 [])");
  database_.run("UPDATE organizations SET default_currency = 'JPY'");
  add_deal("1.5", "KWD", "won", "2000-01-01Z");
  EXPECT_EQ(money(), R"(JPY: open 1 1000000 [{"currency" : "JPY", "count" : 1, "value" : "1000000"}]; won 0 0 [])")
      << "won before the period";
  database_.run("UPDATE deals SET closed_at = now() WHERE stage = 'won'");
  EXPECT_EQ(money(), R"(JPY: open 1 1000000 [{"currency" : "JPY", "count" : 1, "value" : "1000000"}]; )"
                     R"(won 1 null [{"currency" : "KWD", "count" : 1, "value" : "1.500"}])");
}

TEST_F(SummaryOnPostgres, DealsAreOnesOwnInTheOrganisationInUse) {
  const auto ben = database_.create_account("ben@example.com");
  add_deal("10", "EUR");
  database_.run(
      "INSERT INTO deals (org_id, owner_id, title, value) VALUES ($1, $2, 'Bens', 5), ($3, $4, 'Elsewhere', 7)",
      {anna_.org_id.to_string(), ben.user_id.to_string(), ben.org_id.to_string(), anna_.user_id.to_string()});
  EXPECT_EQ(money(), R"(EUR: open 1 10 [{"currency" : "EUR", "count" : 1, "value" : "10.00"}]; won 0 0 [])");
}

TEST_F(SummaryOnPostgres, TheRestIsWhatTheFunctionSays) {
  const std::string user = anna_.user_id.to_string();
  database_.run(
      "INSERT INTO leads (user_id, name, p_score, created_at) SELECT $1, 'Lead', i, now() - i * interval '9 hours' "
      "FROM "
      "generate_series(1, 100) AS i",
      {user});
  database_.run(
      "INSERT INTO message_events (user_id, org_id, channel, direction, normalized_text, autopilot_status, created_at) "
      "SELECT $1, $2, 'email', CASE i % 3 WHEN 0 THEN 'inbound' ELSE 'outbound' END, 'x', CASE i % 5 WHEN 0 THEN "
      "'pending' ELSE 'sent' END, now() - i * interval '11 hours' FROM generate_series(1, 100) AS i",
      {user, anna_.org_id.to_string()});
  database_.run(
      "INSERT INTO dm_conversations (user_id, platform, status) SELECT $1, 'whatsapp', (ARRAY['new', 'archived', "
      "'unsubscribed'])[i] FROM generate_series(1, 3) AS i",
      {user});
  database_.run(
      "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
      "generated_response, generation_model, outcome, created_at) SELECT $1, $2, 'h', 'follow_up', '{}', 'r', 'm', "
      "CASE i % 4 WHEN 0 THEN 'converted' END, now() - i * interval '20 hours' FROM generate_series(1, 60) AS i",
      {user, anna_.org_id.to_string()});
  add_deal("10", "EUR");
  add_deal("20", "EUR", "won");
  const auto found = rig_.run(summary_.read(request_, 30));
  ASSERT_TRUE(found) << found.error().log_detail;
  const SummaryRow& row = **found;
  EXPECT_EQ(fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", row.leads, row.hot_leads, row.new_leads,
                        row.inbound_messages, row.outbound_messages, row.pending_events, row.open_conversations,
                        row.open_deals, row.open_deals_value->text, row.won_deals, row.won_deals_value->text,
                        row.feedback_sessions, row.conversions),
            database_
                .run_as_tenant(anna_.user_id, anna_.org_id,
                               "SELECT concat_ws(' ', leads, hot_leads, new_leads, inbound_messages, "
                               "outbound_messages, pending_events, open_conversations, open_deals, open_deals_value, "
                               "won_deals, won_deals_value, feedback_sessions, conversions) FROM "
                               "get_user_analytics_summary('" +
                                   user + "', 30, now())")
                .value());
  EXPECT_EQ(row.new_leads, 79) << "in 720 hours, every nine";
}

}  // namespace
}  // namespace salesflow::analytics
