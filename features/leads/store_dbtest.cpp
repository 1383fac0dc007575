// Leads on a real PostgreSQL, straight and through PgBouncer.
#include <gtest/gtest.h>

#include <functional>
#include <list>
#include <map>
#include <set>

#include "features/leads/json.hpp"
#include "features/leads/store.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/json/read.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::leads {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;

class LeadsStore : public testing::TestWithParam<PoolMode> {
 protected:
  LeadsStore() { request_ = request_of(anna_); }
  static RequestContext request_of(const test::TestDatabase::Account& account) {
    RequestContext request;
    request.identity.user_id = account.user_id;
    request.identity.org_id = account.org_id;
    request.deadline = std::chrono::steady_clock::now() + 60s;
    return request;
  }
  static LeadRecord record(std::string_view body, bool is_new = true) {
    auto fields = json::read<LeadBody>(body).value();
    return (is_new ? to_new_record(std::move(fields), body) : to_record(std::move(fields), body)).value();
  }
  /// The lead's id, and whether it was made.
  std::pair<Uuid, bool> create(std::string_view body) {
    const auto made = rig_.run(leads_.create_lead(request_, record(body)));
    EXPECT_TRUE(made && *made) << (made ? "no row" : made.error().log_detail);
    return {(*made)->id, (*made)->was_created};
  }
  Result<OneRow<LeadRow>> update(Uuid id, std::string_view body, std::optional<std::int64_t> version = {}) {
    return rig_.run(leads_.update_lead(request_, id, record(body, false), version));
  }
  std::string column(const std::string& expression, Uuid id) {
    return database_.run("SELECT " + expression + " FROM leads WHERE id = $1", {id.to_string()}).value();
  }
  std::vector<std::string> names(ListRequest asked) {
    std::vector<std::string> found;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = rig_.run(leads_.list_leads(request_, asked));
      EXPECT_TRUE(page) << page.error().log_detail << page.error().public_detail;
      for (const auto& lead : page->items)
        found.emplace_back(lead.name);
      if (!page->next_cursor)
        return found;
      asked.paging.cursor = *page->next_cursor;
    }
    ADD_FAILURE() << "the pages do not end";
    return found;
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::TestDatabase::Account ben_ = database_.create_account("ben@example.com");
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Leads leads_{*store_};
  RequestContext request_;
  std::list<std::function<Task<void>()>> keep_;  // a coroutine reads its lambda's captures as long as it runs
};

TEST_P(LeadsStore, KeepsWhatANewLeadSaysAndDefaultsTheRest) {
  const auto [id, created] = create(
      R"({"name":"Eva \"E\" Grün","company":"Grün GmbH","source":"fair","status":"NEW","temperature":"hot","tags":["a"],
          "next_follow_up":"2026-03-01","customer_value":12.5,"email":"Eva@Example.com"})");
  EXPECT_TRUE(created);
  const auto found = rig_.run(leads_.get_lead(request_, id));
  ASSERT_TRUE(found) << found.error().log_detail;
  const LeadRow& lead = **found;
  EXPECT_EQ(lead.name, "Eva \"E\" Grün");
  EXPECT_EQ(lead.company, "Grün GmbH");
  EXPECT_EQ(lead.source, "fair");
  EXPECT_EQ(lead.status, "new");
  EXPECT_EQ(lead.temperature, "hot");
  EXPECT_EQ(lead.temperature_score, 85);
  EXPECT_EQ(lead.tags.text, "[\"a\"]");
  EXPECT_EQ(lead.next_follow_up, "2026-03-01");
  EXPECT_EQ(lead.customer_value->text, "12.50");
  EXPECT_EQ(lead.platform, "WhatsApp");
  EXPECT_EQ(lead.preferred_channel, "WHATSAPP");
  EXPECT_EQ(lead.needs_action, false);
  EXPECT_EQ(lead.user_id, anna_.user_id);
}

TEST_P(LeadsStore, ANewLeadIsRecognisedByAddressThenPhoneThenAccountThenName) {
  const Uuid by_account = create(R"({"name":"A","instagram":"@eva.m"})").first;
  const Uuid by_email = create(R"({"name":"B","email":"eva@example.com"})").first;
  const Uuid by_phone = create(R"({"name":"C","phone":"+43 660 123456"})").first;
  const Uuid by_name = create(R"({"name":"Eva Maier"})").first;
  using Found = std::pair<Uuid, bool>;
  EXPECT_EQ(create(R"({"name":"Eva Maier","email":"mailto:EVA@example.com","phone":"+43660123456",
                       "instagram_url":"https://www.instagram.com/Eva.M/"})"),
            Found(by_email, false));
  EXPECT_EQ(create(R"({"name":"Eva Maier","email":" EVA@example.com","phone":"0043","instagram":"other"})"),
            Found(by_email, false));
  EXPECT_EQ(create(R"({"name":"Eva Maier","phone":"0043 (0)660/12.34.56","instagram":"eva.m"})"),
            Found(by_phone, false));
  EXPECT_EQ(create(R"({"name":"Eva Maier","instagram_url":"https://www.instagram.com/Eva.M/"})"),
            Found(by_account, false));
  EXPECT_EQ(create(R"({"name":" EVA MAIER "})"), Found(by_name, false));
  // Nothing to be recognised by: two leads. Too short a number says nothing.
  EXPECT_NE(create(R"({"notes":"x"})").first, create(R"({"notes":"x"})").first);
  EXPECT_TRUE(create(R"({"name":"D","phone":"12 34"})").second);
  EXPECT_TRUE(create(R"({"name":"E","phone":"12 34"})").second);
  // Another user's leads are nobody's duplicates.
  request_ = request_of(ben_);
  EXPECT_TRUE(create(R"({"name":"Eva Maier","email":"eva@example.com"})").second);
}

TEST_P(LeadsStore, AStrongerKeyThatDiffersVetoesAWeakerOne) {
  const char* people[] = {R"({"name":"Eva R","email":"a@x.org","phone":"+43660555001"})",
                          R"({"name":"Eva R","email":"b@x.org","phone":"+43660555002"})",
                          R"({"name":"Ida R","email":"i@x.org","phone":"+43660555001"})"};
  std::set<Uuid> made;
  for (const char* body : people)
    EXPECT_TRUE(made.insert(create(body).first).second) << body;
  for (const char* body : people)
    EXPECT_FALSE(create(body).second) << body;
  // Two share the number: who has the name is meant.
  const auto ida = create(R"({"first_name":"Ida","last_name":"R","phone":"0043660555001"})");
  EXPECT_EQ(ida, std::pair(create(people[2]).first, false));
  EXPECT_FALSE(create(R"({"name":"Otto M","company":"Alpha"})").first ==
               create(R"({"name":"Otto M","company":"Beta"})").first);
}

TEST_P(LeadsStore, ManyThatMakeTheSameLeadAtOnceMakeItOnce) {
  constexpr int at_once = 24;
  std::vector<RequestContext> requests(at_once, request_);
  std::map<Uuid, int> found;
  int created = 0, ended = 0;
  for (int i = 0; i < at_once; ++i) {
    // Half of them know the address, half the phone; every third knows both: all are one.
    const std::string body = i % 3 == 0   ? R"({"name":"X","email":"one@example.com","phone":"+43 1 2345678"})"
                             : i % 2 == 0 ? R"({"name":"X","email":"ONE@example.com"})"
                                          : R"({"name":"X","phone":"+43 (1) 234-5678"})";
    auto task = [&, i, body]() -> Task<void> {
      auto made_of = record(body);
      const auto made = co_await leads_.create_lead(requests[static_cast<std::size_t>(i)], std::move(made_of));
      EXPECT_TRUE(made) << made.error().log_detail;
      if (made) {
        ++found[(*made)->id];
        created += (*made)->was_created;
      }
    };
    keep_.emplace_back(task);
    rig_.start(keep_.back()(), ended);
  }
  ASSERT_TRUE(rig_.run_until([&] { return ended == at_once; }));
  EXPECT_EQ(created, 1);
  EXPECT_EQ(found.size(), 1u);
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 1);
}

TEST_P(LeadsStore, WhoMakesALeadWaitsForTheOneThatIsJustMakingIt) {
  auto other = cluster::SqlSession::connect(database_.url()).value();
  const std::string user = anna_.user_id.to_string();
  other.run("BEGIN; SELECT set_config('app.user_id', '" + user + "', true)").value();
  other.run("SELECT salesflow_lock_new_leads($1)", {user}).value();
  other.run("INSERT INTO leads (user_id, name) VALUES ($1, 'Eva')", {user}).value();
  int ended = 0;
  bool created = true;
  keep_.emplace_back([&]() -> Task<void> {
    auto eva = record(R"({"name":"EVA"})");
    const auto made = co_await leads_.create_lead(request_, std::move(eva));
    EXPECT_TRUE(made) << made.error().log_detail;
    created = made && (*made)->was_created;
  });
  rig_.start(keep_.back()(), ended);
  EXPECT_FALSE(rig_.run_until([&] { return ended == 1; }, 300ms)) << "it did not wait";
  other.run("COMMIT").value();
  ASSERT_TRUE(rig_.run_until([&] { return ended == 1; }));
  EXPECT_FALSE(created) << "it did not see what it waited for";
}

TEST_P(LeadsStore, AChangeSetsClearsAndKeepsColumns) {
  const Uuid id = create(R"({"name":"Eva","email":"e@x.at","phone":"123456","notes":"old","tags":["a","b"]})").first;
  const auto changed = update(id, R"({"phone":"","notes":null,"status":"WON","tags":["c"],"temperature":"cold"})");
  ASSERT_TRUE(changed) << changed.error().log_detail;
  const LeadRow& lead = **changed;
  EXPECT_EQ(lead.phone, std::nullopt);
  EXPECT_EQ(lead.notes, std::nullopt);
  EXPECT_EQ(lead.email, "e@x.at");
  EXPECT_EQ(lead.status, "won");
  EXPECT_EQ(lead.temperature, "cold");
  EXPECT_EQ(lead.tags.text, "[\"c\"]");
  EXPECT_EQ(lead.row_version, 2);
  ASSERT_TRUE(lead.customer_since) << "who is won is a customer from now on";
  const TimePoint since = *lead.customer_since;
  EXPECT_EQ(update(id, R"({"status":"lost"})").value()->customer_since, since);
  EXPECT_EQ(update(id, R"({"status":"won"})").value()->customer_since, since) << "and stays one since then";
}

TEST_P(LeadsStore, AConditionalChangeMeetsItsVersionOrNone) {
  const Uuid id = create(R"({"name":"Eva"})").first;
  EXPECT_TRUE(update(id, R"({"notes":"1"})", 1));
  EXPECT_EQ(update(id, R"({"notes":"2"})", 1).error().code, Errc::precondition_failed);
  EXPECT_EQ(column("notes", id), "1");
  EXPECT_EQ(update(Uuid::v7(), R"({"notes":"2"})", 1).error().code, Errc::not_found);
  EXPECT_EQ(update(id, R"({})").error().code, Errc::invalid_argument);
  EXPECT_EQ(rig_.run(leads_.delete_lead(request_, id, 1)).error().code, Errc::precondition_failed);
  EXPECT_TRUE(rig_.run(leads_.delete_lead(request_, id, 2)));
  EXPECT_EQ(rig_.run(leads_.delete_lead(request_, id, std::nullopt)).error().code, Errc::not_found);
}

TEST_P(LeadsStore, AnotherUsersLeadIsNotThere) {
  const Uuid id = create(R"({"name":"Eva"})").first;
  request_ = request_of(ben_);
  EXPECT_EQ(rig_.run(leads_.get_lead(request_, id)).error().code, Errc::not_found);
  EXPECT_EQ(update(id, R"({"notes":"mine"})").error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(leads_.archive_lead(request_, id)).error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(leads_.message_sent(request_, id, {})).error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(leads_.list_interactions(request_, id, "", 10)).error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(leads_.delete_lead(request_, id, std::nullopt)).error().code, Errc::not_found);
  EXPECT_TRUE(names({}).empty());
  EXPECT_EQ(database_.run("SELECT count(*) FROM lead_interactions").integer(), 0);
  EXPECT_EQ(database_.run("SELECT row_version FROM leads").integer(), 1);
}

TEST_P(LeadsStore, ASentMessageIsLoggedAndSuggestsAFollowUpOnce) {
  const Uuid id = create(R"({"name":"Eva"})").first;
  std::vector<RequestContext> requests(8, request_);
  int ended = 0, suggested = 0;
  for (auto& request : requests) {
    auto task = [&, sender = &request]() -> Task<void> {
      SentMessage message{"Hallo", "instagram"};
      const auto sent = co_await leads_.message_sent(*sender, id, std::move(message));
      EXPECT_TRUE(sent) << sent.error().log_detail;
      suggested += sent && sent->logged.suggestion_id;
    };
    keep_.emplace_back(task);
    rig_.start(keep_.back()(), ended);
  }
  ASSERT_TRUE(rig_.run_until([&] { return ended == 8; }));
  EXPECT_EQ(suggested, 1) << "eight at once suggest once";
  EXPECT_EQ(database_.run("SELECT count(*) FROM followup_suggestions WHERE status = 'pending'").integer(), 1);
  EXPECT_EQ(database_.run("SELECT due_at - now() BETWEEN '71 hours' AND '72 hours' FROM followup_suggestions").value(),
            "t");
  EXPECT_EQ(column("concat_ws(' ', status, last_message, last_outreach_at IS NOT NULL)", id), "contacted Hallo t");
  const auto first = rig_.run(leads_.list_interactions(request_, id, "", 5));
  ASSERT_TRUE(first && first->next_cursor);
  const auto rest = rig_.run(leads_.list_interactions(request_, id, *first->next_cursor, 5));
  EXPECT_EQ(first->items.size() + rest->items.size(), 8u);
  EXPECT_FALSE(rest->next_cursor);
  // A customer stays one.
  ASSERT_TRUE(update(id, R"({"status":"won"})"));
  EXPECT_EQ(rig_.run(leads_.message_sent(request_, id, {})).value().lead->status, "won");
}

TEST_P(LeadsStore, EveryOrderAndFilterShowsEachLeadOnceWhateverThePageSize) {
  database_.run(
      "INSERT INTO leads (user_id, name, status, score, p_score, next_follow_up, customer_since, created_at) "
      "SELECT $1, (ARRAY['ä','b','A',''])[1 + i % 4] || i / 3, (ARRAY['new','WON','lost'])[1 + i % 3], i * 7 % 100, "
      "CASE WHEN i % 4 > 0 THEN i % 9 * 10 END, CASE WHEN i % 5 > 1 THEN date '2026-03-01' + i % 6 END, "
      "CASE WHEN i % 2 = 0 THEN timestamptz '2026-01-01Z' + i % 7 * interval '1 day' END, "
      "timestamptz '2026-02-20Z' + i / 2 * interval '1 day' FROM generate_series(0, 40) AS i",
      {anna_.user_id.to_string()});
  std::vector<LeadFilter> filters(8);
  filters[1].status = "won";
  filters[2].hot = true;
  filters[3].due_from = parse_date("0001-01-01"), filters[3].due_until = parse_date("2026-03-03");
  filters[4].created_since = parse_rfc3339("2026-03-01T00:00:00Z");
  filters[5].status = "won", filters[5].created_since = filters[4].created_since;
  filters[6].status = "won", filters[6].hot = true, filters[6].due_from = parse_date("2026-03-02"),
  filters[6].due_until = parse_date("2026-03-09");
  filters[7].status = "won", filters[7].customer_since = parse_rfc3339("2026-01-03T00:00:00Z");
  const std::vector<std::string> conditions{"true",
                                            "lower(status) = 'won'",
                                            "score >= 80",
                                            "next_follow_up <= '2026-03-03'",
                                            "created_at >= '2026-03-01Z'",
                                            "lower(status) = 'won' AND created_at >= '2026-03-01Z'",
                                            "lower(status) = 'won' AND score >= 80 AND next_follow_up BETWEEN "
                                            "'2026-03-02' AND '2026-03-09'",
                                            "lower(status) = 'won' AND customer_since >= '2026-01-03Z'"};
  const std::map<ListOrder, std::string> orders{
      {ListOrder::created_desc, "created_at DESC, id DESC"},
      {ListOrder::created_asc, "created_at, id"},
      {ListOrder::updated_desc, "updated_at DESC, id DESC"},
      {ListOrder::updated_asc, "updated_at, id"},
      {ListOrder::name_desc, "salesflow_fold(name) COLLATE \"C\" DESC, id DESC"},
      {ListOrder::name_asc, "salesflow_fold(name) COLLATE \"C\", id"},
      {ListOrder::follow_up_desc, "next_follow_up DESC NULLS FIRST, id DESC"},
      {ListOrder::follow_up_asc, "next_follow_up NULLS LAST, id"},
      {ListOrder::p_score_desc, "p_score DESC NULLS LAST, id DESC"},
      {ListOrder::p_score_asc, "p_score NULLS LAST, id"},
      {ListOrder::customers, "customer_since DESC NULLS LAST, created_at DESC, id DESC"},
  };
  for (const auto& [order, by] : orders) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      SCOPED_TRACE(by + " | " + conditions[i]);
      const auto expected =
          database_.run("SELECT name FROM leads WHERE " + conditions[i] +
                        (order == ListOrder::customers ? " AND lower(status) = 'won'" : "") + " ORDER BY " + by);
      std::vector<std::string> wanted;
      for (std::size_t row = 0; row < expected.rows.size(); ++row)
        wanted.push_back(expected.value(row, 0));
      ListRequest asked;
      asked.order = order;
      asked.filter = filters[i];
      for (const std::int64_t limit : {4, 1000}) {
        asked.paging.limit_rows = limit;
        EXPECT_EQ(names(asked), wanted) << "in pages of " << limit;
      }
      asked.paging.limit_rows = 1;
      for (const CountMode count : {CountMode::capped, CountMode::exact}) {
        asked.paging.count = count;
        const auto page = rig_.run(leads_.list_leads(request_, asked));
        const bool also_won = order == ListOrder::customers && !filters[i].status;  // the use case says both or none
        if (!also_won) {
          EXPECT_EQ(page->total, static_cast<std::int64_t>(wanted.size()));
        }
      }
      asked.paging.count = CountMode::none;
    }
  }
}

TEST_P(LeadsStore, NamesStandInAPersonsOrder) {
  for (const char* body :
       {R"({"name":"Zebra"})", R"({"name":"ananas"})", R"({"name":"\u00C4rger"})", R"({"name":"Apfel"})"})
    create(body);
  ListRequest asked;
  asked.order = ListOrder::name_asc;
  asked.paging.limit_rows = 2;
  EXPECT_EQ(names(asked), (std::vector<std::string>{"ananas", "Apfel", "\u00C4rger", "Zebra"}));
}

TEST_P(LeadsStore, LongNamesThatBeginAlikeComeOnceEach) {
  database_.run(
      "INSERT INTO leads (user_id, name, notes) SELECT $1, repeat('\u00E4\u20AC\U0001F600', 1200) || i, i FROM "
      "generate_series(1, 13) AS i",
      {anna_.user_id.to_string()});
  for (const ListOrder order : {ListOrder::name_asc, ListOrder::name_desc}) {
    ListRequest asked;
    asked.order = order;
    asked.paging.limit_rows = 2;
    auto seen = names(asked);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen.size(), 13u);
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  }
}

TEST_P(LeadsStore, GroupsAddUp) {
  create(R"({"name":"A","customer_value":10.25})");
  create(R"({"name":"B","customer_value":"0.5","status":"WON"})");
  create(R"({"name":"C","status":"won"})");
  const auto groups = rig_.run(leads_.group_leads(request_));
  ASSERT_TRUE(groups) << groups.error().log_detail;
  ASSERT_EQ(groups->size(), 2u);
  EXPECT_EQ(groups->rows[0].status, "won");
  EXPECT_EQ(groups->rows[0].count, 2);
  EXPECT_EQ(groups->rows[0].total_value.text, "0.50");
  EXPECT_EQ(groups->rows[0].all_count, 3);
  EXPECT_EQ(groups->rows[0].all_value.text, "10.75");
}

TEST_P(LeadsStore, AdoptedColumnsOfOtherTypesAreReadAndWritten) {
  database_.run(
      "DROP INDEX idx_leads_next_followup; ALTER TABLE leads ALTER next_follow_up TYPE text, ALTER tags DROP DEFAULT, "
      "ALTER tags TYPE jsonb USING to_jsonb(tags), ALTER temperature DROP DEFAULT, ALTER temperature TYPE integer "
      "USING "
      "50; CREATE INDEX idx_leads_next_followup ON leads (user_id, next_follow_up_key, id)");
  const Uuid id = create(R"({"name":"Eva","tags":["a"],"temperature":"hot","next_follow_up":"2026-03-01"})").first;
  const auto lead = update(id, R"({"tags":["b","c"],"temperature":20})");
  ASSERT_TRUE(lead) << lead.error().log_detail;
  EXPECT_EQ((*lead)->tags.text, R"(["b", "c"])");
  EXPECT_EQ((*lead)->temperature, "cold");
  EXPECT_EQ((*lead)->next_follow_up, "2026-03-01");
  EXPECT_EQ(column("temperature", id), "20");
  ListRequest asked;
  asked.order = ListOrder::follow_up_asc;
  asked.filter.due_from = parse_date("2026-01-01");
  asked.filter.due_until = parse_date("2026-12-31");
  EXPECT_EQ(names(asked), std::vector<std::string>{"Eva"});
}

INSTANTIATE_TEST_SUITE_P(Modes, LeadsStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::leads
