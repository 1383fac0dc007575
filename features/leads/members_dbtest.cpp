// Leads on a real PostgreSQL, member by member: what each statement writes and reads, what a message leaves behind, by
// what a duplicate is found, and how verifications are listed.
#include <gtest/gtest.h>

#include "features/leads/json.hpp"
#include "features/leads/store.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "tests/support/json_members.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::leads {
namespace {

using namespace std::chrono_literals;
using test::members_that_differ;

TimePoint now() {
  return *parse_rfc3339("2026-03-17T12:00:00Z");
}

class LeadMembers : public testing::Test {
 protected:
  LeadMembers() {
    request_.identity.user_id = anna_.user_id;
    request_.identity.org_id = anna_.org_id;
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  Uuid create(const std::string& body) {
    auto record = to_new_record(json::read<LeadBody>(body).value(), body).value();
    const auto made = rig_.run(leads_.create_lead(request_, std::move(record)));
    EXPECT_TRUE(made && *made) << (made ? "no row" : made.error().log_detail);
    created_ = json::to_json(static_cast<const LeadRow&>(**made));
    return (*made)->id;
  }
  std::string update(Uuid id, const std::string& body) {
    auto record = to_record(json::read<LeadBody>(body).value(), body).value();
    const auto changed = rig_.run(leads_.update_lead(request_, id, std::move(record), {}));
    EXPECT_TRUE(changed && *changed) << (changed ? "no row" : changed.error().log_detail);
    return json::to_json(**changed);
  }
  std::string get(Uuid id) {
    const auto found = rig_.run(leads_.get_lead(request_, id));
    EXPECT_TRUE(found && *found);
    return json::to_json(**found);
  }
  Result<LeadPage> list(LeadFilter filter, ListOrder order = ListOrder::created_desc, std::int64_t limit_rows = 10,
                        CountMode count = CountMode::none, std::string cursor = "") {
    ListRequest asked;
    asked.order = order;
    asked.filter = std::move(filter);
    asked.paging.limit_rows = limit_rows;
    asked.paging.count = count;
    asked.paging.cursor = std::move(cursor);
    return rig_.run(leads_.list_leads(request_, std::move(asked)));
  }
  MessageSent send(Uuid id, std::optional<std::string> message, std::string channel = "email") {
    auto sent = rig_.run(leads_.message_sent(request_, id, {std::move(message), std::move(channel)}));
    EXPECT_TRUE(sent) << sent.error().log_detail;
    return sent ? std::move(*sent) : MessageSent{};
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  test::TestDatabase database_;
  const test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Leads leads_{*store_, now};
  RequestContext request_;
  std::string created_;
};

const std::string first_body =
    R"({"name":"n1","first_name":"f1","last_name":"l1","email":"e1@x.at","phone":"+43 1 111111","company":"c1","platform":"a1",
    "status":"s1","temperature":"hot","temperature_score":91,"score":11,"tags":["t1"],"last_message":"m1","notes":"o1",
    "next_follow_up":"2026-03-01","follow_up_reason":"r1","customer_since":"2026-01-01T01:00:00.000000Z","customer_value":1.25,
    "customer_type":"y1","orders_count":21,"last_order_at":"2026-01-01T02:00:00.000000Z","lost_reason":"b1","whatsapp":"w1",
    "instagram":"i1","instagram_handle":"h1","instagram_url":"u1","facebook":"k1","linkedin":"d1",
    "last_contact":"2026-01-01T03:00:00.000000Z","last_outreach_at":"2026-01-01T04:00:00.000000Z","source":"x1",
    "source_channel":"sms","next_action":"q1","next_action_at":"2026-01-01T05:00:00.000000Z","needs_action":true,
    "do_not_contact":false,"preferred_channel":"p1","vertical":"v1","position":"z1","archived_at":"2026-01-01T06:00:00.000000Z"})";
const std::string second_body =
    R"({"name":"n2","first_name":"f2","last_name":"l2","email":"e2@x.at","phone":"+43 1 222222","company":"c2","platform":"a2",
    "status":"s2","temperature":"cold","temperature_score":12,"score":12,"tags":["t2"],"last_message":"m2","notes":"o2",
    "next_follow_up":"2026-03-02","follow_up_reason":"r2","customer_since":"2026-02-01T01:00:00.000000Z","customer_value":2.25,
    "customer_type":"y2","orders_count":22,"last_order_at":"2026-02-01T02:00:00.000000Z","lost_reason":"b2","whatsapp":"w2",
    "instagram":"i2","instagram_handle":"h2","instagram_url":"u2","facebook":"k2","linkedin":"d2",
    "last_contact":"2026-02-01T03:00:00.000000Z","last_outreach_at":"2026-02-01T04:00:00.000000Z","source":"x2",
    "source_channel":"telegram","next_action":"q2","next_action_at":"2026-02-01T05:00:00.000000Z","needs_action":false,
    "do_not_contact":true,"preferred_channel":"p2","vertical":"v2","position":"z2","archived_at":"2026-02-01T06:00:00.000000Z"})";

TEST_F(LeadMembers, EachIsWrittenToItsColumnAndReadFromIt) {
  EXPECT_EQ(test::members_not_named<LeadFields>(first_body), "");
  const Uuid id = create(first_body);
  EXPECT_EQ(members_that_differ(database_, first_body, created_), "");
  EXPECT_EQ(members_that_differ(database_, first_body, get(id)), "");
  EXPECT_EQ(members_that_differ(database_, second_body, update(id, second_body)), "");
  EXPECT_EQ(members_that_differ(database_, second_body, get(id)), "");
  create(R"({"notes":"least"})");
  EXPECT_EQ(members_that_differ(database_,
                                R"({"name":"Unbekannt","platform":"WhatsApp","status":"new","temperature":"warm",
          "temperature_score":50,"score":0,"tags":[],"customer_value":0,"customer_type":"kunde","orders_count":0,
          "source_channel":"unknown","needs_action":false,"do_not_contact":false,"preferred_channel":"WHATSAPP",
          "customer_since":null,"archived_at":null})",
                                created_),
            "");
}

TEST_F(LeadMembers, WhatOnlyTheOldServiceWritesIsReadWhateverTypeItHas) {
  const Uuid id = create(first_body);
  const auto members = [&] {
    const auto lead = rig_.run(leads_.get_lead(request_, id));
    EXPECT_TRUE(lead && *lead) << (lead ? "no row" : lead.error().log_detail);
    const LeadRow& row = **lead;
    return (row.bant_score ? std::string(row.bant_score->text) : "null") + " " +
           (row.last_contacted ? format_rfc3339(*row.last_contacted) : "null");
  };
  EXPECT_EQ(members(), "null null");
  database_.run("UPDATE leads SET bant_score = 70, last_contacted = '2026-01-02T03:04:05Z'");
  EXPECT_EQ(members(), "70 2026-01-02T03:04:05.000000Z");
  database_.run(
      "ALTER TABLE leads ALTER bant_score TYPE numeric(5,2), ALTER last_contacted TYPE timestamp USING last_contacted "
      "AT TIME ZONE 'UTC'; UPDATE leads SET bant_score = 70.5");
  EXPECT_EQ(members(), "70.50 2026-01-02T03:04:05.000000Z");
  database_.run("ALTER TABLE leads ALTER last_contacted TYPE date");
  EXPECT_EQ(members(), "70.50 2026-01-02T00:00:00.000000Z");
  const auto page = list({});
  ASSERT_TRUE(page) << page.error().log_detail;
  EXPECT_EQ(page->items.rows.front().bant_score->text, "70.50");
}

TEST_F(LeadMembers, EachIsTheSameInEveryListAsInTheLead) {
  const Uuid id = create(first_body);
  database_.run(
      "UPDATE leads SET status = 'won', p_score = 42.5, p_score_trend = 'up', last_scored_at = now(), bant_score = 7, "
      "last_contacted = now()");
  const ListOrder orders[] = {ListOrder::created_desc, ListOrder::name_asc,  ListOrder::follow_up_asc,
                              ListOrder::p_score_desc, ListOrder::customers, ListOrder::updated_desc};
  for (const ListOrder order : orders) {
    SCOPED_TRACE(static_cast<int>(order));
    const auto page = list({}, order);
    ASSERT_TRUE(page && page->items.size() == 1u);
    const LeadRow& row = page->items.rows.front();
    EXPECT_EQ(members_that_differ(database_, json::to_json(row), get(id)), "");
  }
}

TEST_F(LeadMembers, ADuplicateIsNamedByWhatItWasFoundBy) {
  const Uuid id = create(R"({"name":"Eva","instagram":"eva","email":"eva@x.at","phone":"+43 1 234567"})");
  struct Known {
    std::optional<std::string> email, phone, instagram, name, company;
    std::string_view by;  // "": nobody
  };
  const Known known[] = {
      {"EVA@x.at", "+43 1 234567", "@EVA", "Eva", {}, "email"},
      {"eva@x.at", "+43 1 999999", "other", "Eva", {}, "email"},
      {{}, "+43-1-234567", "other", "Eva", {}, "phone"},
      {{}, {}, "https://instagram.com/Eva/", "Otto", {}, "instagram"},
      {{}, {}, {}, "EVA", {}, "name"},
      {{}, {}, {}, "EVA", "Alpha", "name"},
      {"other@x.at", "+43 1 234567", "eva", "Eva", {}, ""},  // another address
      {{}, "+43 1 999999", "eva", "Eva", {}, ""},            // another number
      {{}, {}, "other", "Eva", {}, ""},                      // another account
      {"other@x.at", "+43 1 999999", "other", "Other", {}, ""},
  };
  for (const Known& one : known) {
    SCOPED_TRACE(one.by);
    const auto found =
        rig_.run(leads_.find_duplicate(request_, {one.email, one.phone, one.instagram, one.name, one.company}));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->row.has_value(), !one.by.empty());
    if (one.by.empty())
      continue;
    EXPECT_EQ((*found)->matched_by, one.by);
    EXPECT_EQ(members_that_differ(database_, json::to_json(static_cast<const LeadRow&>(**found)), get(id)), "");
  }
  EXPECT_EQ(rig_.run(leads_.find_duplicate(request_, {})).error().errors.at(0).field, "body");
}

TEST_F(LeadMembers, WhoIsMadeWonIsACustomerAndWhoIsArchivedWasSoFromTheFirstTime) {
  const Uuid id = create(R"({"name":"Eva","status":"WON","needs_action":true})");
  EXPECT_EQ(value("SELECT customer_since = created_at FROM leads"), "t");
  const auto archived = rig_.run(leads_.archive_lead(request_, id));
  ASSERT_TRUE(archived && *archived);
  EXPECT_EQ((*archived)->status, "archived");
  EXPECT_EQ((*archived)->needs_action, false);
  EXPECT_EQ(members_that_differ(database_, json::to_json(**archived), get(id)), "");
  const auto again = rig_.run(leads_.archive_lead(request_, id));
  EXPECT_EQ((*again)->archived_at, (*archived)->archived_at);
}

TEST_F(LeadMembers, AMessageIsLoggedAsItWasSent) {
  const Uuid id = create(R"({"name":"Eva","last_message":"before"})");
  database_.run("UPDATE leads SET follow_up_stage = 2");
  const auto sent = send(id, std::nullopt);
  EXPECT_EQ(sent.lead->name, "Eva");
  EXPECT_EQ(value("SELECT last_message || (last_contact = last_outreach_at) FROM leads"), "beforetrue");
  EXPECT_EQ(
      value("SELECT concat_ws('|', flow, stage, channel, suggested_message LIKE '% Eva,%', reason, status, title, "
            "priority, source, due_at = '2026-03-20T12:00:00Z') FROM followup_suggestions"),
      "follow_up|3|EMAIL|t|no answer yet|pending|Follow up: Eva|medium|message-sent|t");
  EXPECT_TRUE(sent.logged.suggestion_id);
  EXPECT_FALSE(send(id, "second", "sms").logged.suggestion_id) << "one waits already";
  database_.run("UPDATE followup_suggestions SET status = 'done'");
  EXPECT_TRUE(send(id, "third", "instagram").logged.suggestion_id);
  const auto said = rig_.run(leads_.list_interactions(request_, id, "", 10));
  ASSERT_TRUE(said && said->items.size() == 3u);
  const auto& rows = said->items.rows;
  EXPECT_EQ(rows[0].summary, "third") << "newest first";
  EXPECT_EQ(rows[2].summary, std::nullopt);
  EXPECT_EQ(members_that_differ(database_,
                                R"({"interaction_type":"message_sent","channel":"sms","summary":"second",
          "details":null,"outcome":"sent","duration_seconds":null,"logged_by":"user","source":"message-sent"})",
                                json::to_json(rows[1])),
            "");
  const Uuid silent = create(R"({"name":"Silent"})");
  EXPECT_TRUE(rig_.run(leads_.list_interactions(request_, silent, "", 10))->items.empty());
  for (const std::int64_t limit : {0, 201})
    EXPECT_EQ(rig_.run(leads_.list_interactions(request_, id, "", limit)).error().errors.at(0).field, "query.limit");
}

TEST_F(LeadMembers, PendingAreThoseOfTodayAndBefore) {
  for (const char* day : {"2026-03-17", "2026-03-18", "2026-03-16", "2024-01-01"})
    create(R"({"name":")" + std::string(day) + R"(","next_follow_up":")" + day + "\"}");
  create(R"({"name":"never"})");
  const auto page = rig_.run(leads_.list_pending(request_, "", 10));
  ASSERT_TRUE(page) << page.error().log_detail;
  std::string found;
  for (const auto& lead : page->items)
    found += std::string(lead.name) + ' ';
  EXPECT_EQ(found, "2024-01-01 2026-03-16 2026-03-17 ");
  EXPECT_EQ(page->total, 3);
}

TEST_F(LeadMembers, TotalsAreTheLeadsCounterOrStopAtTenThousand) {
  database_.run("INSERT INTO leads (user_id, name) SELECT $1, 'lead ' || i FROM generate_series(1, 10001) AS i",
                {anna_.user_id.to_string()});
  LeadFilter all, filtered;
  filtered.status = "new";
  for (const ListOrder order : {ListOrder::created_desc, ListOrder::name_asc, ListOrder::follow_up_asc,
                                ListOrder::p_score_desc, ListOrder::updated_desc}) {
    SCOPED_TRACE(static_cast<int>(order));
    const auto whole = list(all, order, 1, CountMode::capped), part = list(filtered, order, 1, CountMode::capped);
    EXPECT_EQ(whole->total, 10'001) << "a counter is exact";
    EXPECT_FALSE(whole->total_is_capped);
    EXPECT_EQ(part->total, 10'000);
    EXPECT_TRUE(part->total_is_capped);
    EXPECT_EQ(list(filtered, order, 1, CountMode::exact)->total, 10'001);
    EXPECT_FALSE(list(all, order, 1)->total);
  }
  for (const std::int64_t limit : {0, 1001})
    EXPECT_EQ(list(all, ListOrder::created_desc, limit).error().errors.at(0).field, "query.limit");
}

TEST_F(LeadMembers, ACursorBelongsToItsFiltersOrderAndUser) {
  create(R"({"name":"a"})");
  create(R"({"name":"b"})");
  const std::string cursor = list({}, ListOrder::created_desc, 1)->next_cursor.value();
  const auto goes_on = [&](LeadFilter filter, ListOrder order = ListOrder::created_desc) {
    return list(std::move(filter), order, 1, CountMode::none, cursor).has_value();
  };
  EXPECT_TRUE(goes_on({}));
  EXPECT_FALSE(goes_on({}, ListOrder::created_asc));
  std::vector<LeadFilter> filters(6);
  filters[0].status = "new";
  filters[1].hot = true;
  filters[2].due_from = parse_date("2026-01-01").value();
  filters[3].due_until = parse_date("2026-01-01").value();
  filters[4].created_since = now();
  filters[5].customer_since = now();
  for (std::size_t i = 0; i < filters.size(); ++i)
    EXPECT_FALSE(goes_on(filters[i])) << i;
  request_.identity.user_id = Uuid::v7();
  EXPECT_FALSE(goes_on({}));
}

TEST_F(LeadMembers, VerificationsComeBestFirstWithoutDuplicatesInPages) {
  std::string wanted;
  for (const char* name : {"c", "a", "b"})
    create(R"({"email":"lead@)" + std::string(name) + R"(.at","name":")" + name + "\"}");
  database_.run(
      "INSERT INTO lead_verifications (user_id, lead_id, v_score, is_duplicate, email_valid, phone_valid, email_score, "
      "phone_score, domain_score, social_score, behavioral_score, v_score_updated_at) SELECT user_id, id, CASE name "
      "WHEN "
      "'a' THEN 90.5 WHEN 'b' THEN 60 ELSE 59.99 END, false, true, false, 1, 2, 3, 4, 5, '2026-01-01Z' FROM leads");
  database_.run("INSERT INTO leads (user_id, name) VALUES ($1, 'twin')", {anna_.user_id.to_string()});
  database_.run(
      "INSERT INTO lead_verifications (user_id, lead_id, v_score, is_duplicate) SELECT user_id, id, 99, true FROM "
      "leads WHERE name = 'twin'");
  const auto read = [&](std::optional<int> min, const std::string& cursor, std::int64_t limit) {
    return rig_.run(leads_.list_verifications(request_, min, cursor, limit));
  };
  std::string found, cursor;
  for (int pages = 1; pages <= 3; ++pages) {
    const auto page = read({}, cursor, 1);
    ASSERT_TRUE(page && page->items.size() == 1u) << pages;
    found += page->items.rows[0].lead_name.value_or("-");
    EXPECT_EQ(page->next_cursor.has_value(), pages < 3);
    cursor = page->next_cursor.value_or("");
  }
  EXPECT_EQ(found, "abc");
  const auto good = read(60, "", 10);
  ASSERT_TRUE(good && good->items.size() == 2u);
  EXPECT_EQ(
      members_that_differ(database_,
                          R"({"lead_name":"b","v_score":60,"v_score_key":6000,"email_valid":true,"phone_valid":false,
          "email_score":1,"phone_score":2,"domain_score":3,"social_score":4,"behavioral_score":5,"is_duplicate":false,
          "v_score_updated_at":"2026-01-01T00:00:00.000000Z"})",
                          json::to_json(good->items.rows[1])),
      "");
  const std::string of_good = read(60, "", 1)->next_cursor.value();
  EXPECT_EQ(read({}, of_good, 1).error().code, Errc::malformed);
  request_.identity.user_id = Uuid::v7();
  EXPECT_EQ(read(60, of_good, 1).error().code, Errc::malformed);
}

TEST_F(LeadMembers, GroupsOfTheSameSizeStandInTheOrderOfTheirNames) {
  for (const char* status : {"won", "new", "lost"})
    create(R"({"status":")" + std::string(status) + "\"}");
  std::string found;
  for (const auto& group : *rig_.run(leads_.group_leads(request_)))
    found += std::string(group.status) + ' ';
  EXPECT_EQ(found, "lost new won ");
}

}  // namespace
}  // namespace salesflow::leads
