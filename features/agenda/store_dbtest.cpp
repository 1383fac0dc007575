// The agenda on a real PostgreSQL, through the use cases: what is due when, for whom, in which zone.
#include <gtest/gtest.h>

#include <set>

#include "features/agenda/store.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::agenda {
namespace {

using namespace std::chrono_literals;

TimePoint now = parse_rfc3339("2026-03-17T22:30:00Z").value();

class AgendaStore : public testing::Test {
 protected:
  AgendaStore() {
    me_ = database_.create_account("anna@example.com");
    other_ = database_.create_account("ben@example.com");
  }
  RequestContext request(const test::TestDatabase::Account& account) const {
    RequestContext request;
    request.identity.user_id = account.user_id;
    request.identity.org_id = account.org_id;
    request.deadline = std::chrono::steady_clock::now() + 30s;
    return request;
  }
  Uuid lead(const test::TestDatabase::Account& account, const std::string& name = "'Eva'") {
    const Uuid id = Uuid::v7();
    database_.run("INSERT INTO leads (id, user_id, name, phone) VALUES ($1, $2, " + name + ", '+43 664 1')",
                  {id.to_string(), account.user_id.to_string()});
    return id;
  }
  /// `due` and `more` are SQL: an instant, and the values of status, snoozed_until.
  void suggest(Uuid lead_id, const std::string& reason, const std::string& due,
               const std::string& more = "'pending', NULL") {
    database_.run(
        "INSERT INTO followup_suggestions (user_id, lead_id, flow, stage, suggested_message, reason, due_at, status, "
        "snoozed_until) SELECT user_id, id, 'cold', 1, 'Na?', $2, " +
            due + ", " + more + " FROM leads WHERE id = $1",
        {lead_id.to_string(), reason});
  }
  Result<Page<FollowupRow>> followups(Due due, const std::string& zone = "UTC", const std::string& cursor = "",
                                      std::int64_t limit_rows = 50) {
    auto context = request(me_);
    return rig_.run(agenda_.list_followups(context, due, zone, cursor, limit_rows));
  }
  /// The reasons, in order; ! behind what is overdue.
  std::string reasons(Due due, const std::string& zone = "UTC") {
    const auto page = followups(due, zone);
    EXPECT_TRUE(page) << page.error().log_detail;
    std::string text;
    if (!page)
      return text;
    for (const FollowupRow& row : page->items)
      text += (text.empty() ? "" : " ") + std::string(row.reason.value_or("?")) + (row.is_overdue ? "!" : "");
    return text;
  }

  test::TestDatabase database_;
  test::TestDatabase::Account me_, other_;
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Agenda agenda_{*store_, +[] { return now; }};
};

/// Nobody writes: the list says when it will be another one, and is it then.
TEST_F(AgendaStore, FollowupsEndWithTheDayOrWhenASnoozedOneIsBack) {
  const auto ends = [&](Due due, const std::string& zone) {
    auto context = request(me_);
    EXPECT_TRUE(rig_.run(agenda_.list_followups(context, due, zone, "", 50)));
    return format_rfc3339(context.valid_until);
  };
  const TimePoint start = now;
  EXPECT_EQ(ends(Due::any, "UTC"), "2026-03-18T00:00:00.000000Z") << "an empty list is kept, too";
  const Uuid mine = lead(me_), others = lead(other_);
  suggest(mine, "open", "'2026-03-16Z'");
  suggest(others, "foreign", "'2026-03-16Z'", "'snoozed', '2026-03-17T22:30:01Z'");
  for (const Due due : {Due::any, Due::today}) {
    EXPECT_EQ(ends(due, "UTC"), "2026-03-18T00:00:00.000000Z");
    EXPECT_EQ(ends(due, "Europe/Vienna"), "2026-03-17T23:00:00.000000Z");
  }
  suggest(mine, "back", "'2026-03-16Z'", "'snoozed', '2026-03-17T22:45:00Z'");
  suggest(mine, "later", "'2026-03-16Z'", "'snoozed', '2026-03-19Z'");
  suggest(mine, "was", "'2026-03-16Z'", "'snoozed', '2026-03-17T22:00:00Z'");
  EXPECT_EQ(ends(Due::any, "UTC"), "2026-03-17T22:45:00.000000Z");
  const std::string before = reasons(Due::any);
  now = parse_rfc3339("2026-03-17T22:44:59Z").value();
  EXPECT_EQ(reasons(Due::any), before);
  now = parse_rfc3339("2026-03-17T22:45:00Z").value();
  EXPECT_NE(reasons(Due::any), before);
  EXPECT_EQ(ends(Due::any, "UTC"), "2026-03-18T00:00:00.000000Z");
  now = start;
}

TEST_F(AgendaStore, TodayHoldsWhatIsDueUntilMidnightInTheCallersZoneAndWhatIsOverdue) {
  const Uuid mine = lead(me_);
  suggest(mine, "tomorrow", "'2026-03-18T00:30:00Z'");
  suggest(mine, "tonight", "'2026-03-17T23:15:00Z'");
  suggest(mine, "morning", "'2026-03-17T07:00:00Z'");
  suggest(mine, "old", "'2026-03-01T07:00:00Z'");
  suggest(lead(other_), "theirs", "'2026-03-17T07:00:00Z'");
  EXPECT_EQ(reasons(Due::today), "old! morning tonight");
  EXPECT_EQ(reasons(Due::today, "Europe/Vienna"), "old! morning") << "23:15 UTC is tomorrow there";
  EXPECT_EQ(reasons(Due::today, "Asia/Tokyo"), "old! morning! tonight tomorrow") << "the 18th has begun there";
  EXPECT_EQ(reasons(Due::any), "old! morning tonight tomorrow");
  const auto page = followups(Due::today);
  EXPECT_EQ(page->items.rows.front().due_total, 3);
  EXPECT_EQ(page->items.rows.front().overdue_total, 1);
  EXPECT_EQ(page->items.rows.front().lead_name, "Eva");
  EXPECT_EQ(page->items.rows.front().phone, "+43 664 1");
}

TEST_F(AgendaStore, AnUnknownZoneIsNamed) {
  for (const std::string& zone : {std::string("Mars/Olympus"), std::string(), std::string("Europe/Vienna'"),
                                  std::string("UTC; x"), std::string(65, 'A')}) {
    const auto page = followups(Due::today, zone);
    ASSERT_TRUE(page.has_error()) << zone;
    EXPECT_EQ(page.error().code, Errc::invalid_argument) << zone;
    EXPECT_EQ(page.error().errors.at(0).field, "query.tz") << zone;
  }
}

TEST_F(AgendaStore, WhatWasSnoozedComesBackByItselfAndWhatWasSentDoesNot) {
  const Uuid mine = lead(me_);
  suggest(mine, "back", "'2026-03-17T09:00:00Z'", "'snoozed', '2026-03-17T09:00:00Z'");
  suggest(mine, "rests", "'2026-03-17T23:00:00Z'", "'snoozed', '2026-03-17T23:00:00Z'");
  suggest(mine, "bare", "'2026-03-17T10:00:00Z'", "'snoozed', NULL");
  suggest(mine, "waits", "'2026-03-17T08:00:00Z'");
  suggest(mine, "sent", "'2026-03-17T08:00:00Z'", "'sent', NULL");
  suggest(mine, "skipped", "'2026-03-17T08:00:00Z'", "'skipped', NULL");
  EXPECT_EQ(reasons(Due::today), "waits back bare");
  const auto page = followups(Due::any);
  EXPECT_EQ(page->items.rows.front().due_total, 3);
  for (const FollowupRow& row : page->items)
    EXPECT_EQ(row.status, "pending");
}

TEST_F(AgendaStore, PagesHoldEachFollowupOnceAlsoThoseOfOneInstant) {
  const Uuid mine = lead(me_);
  for (int i = 0; i < 7; ++i)
    suggest(mine, std::to_string(i), "'2026-03-17T08:00:00Z'",
            i % 2 ? "'snoozed', '2026-03-17T08:00:00Z'" : "'pending', NULL");
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = followups(Due::today, "UTC", cursor, 3);
    ASSERT_TRUE(page) << page.error().log_detail;
    for (const FollowupRow& row : page->items)
      EXPECT_TRUE(seen.insert(row.id.to_string()).second);
    cursor = page->next_cursor.value_or("");
    ++pages;
  } while (!cursor.empty() && pages < 9);
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(pages, 3);
  const auto first = followups(Due::today, "UTC", "", 3);
  EXPECT_TRUE(followups(Due::any, "UTC", *first->next_cursor).has_error()) << "another list's cursor";
}

TEST_F(AgendaStore, RowsWithNothingInThemAreListedAllTheSame) {
  database_.run(
      "ALTER TABLE leads ALTER name DROP NOT NULL, ALTER status DROP NOT NULL, ALTER tags DROP NOT NULL; "
      "ALTER TABLE followup_suggestions REPLICA IDENTITY FULL; "
      "ALTER TABLE followup_suggestions ALTER created_at DROP NOT NULL, ALTER stage DROP NOT NULL, "
      "ALTER flow DROP NOT NULL");
  const Uuid mine = lead(me_, "NULL");
  suggest(mine, "bare", "'2026-03-17T08:00:00Z'");
  database_.run(
      "UPDATE followup_suggestions SET channel = NULL, priority = NULL, stage = NULL, flow = NULL, reason = NULL, "
      "created_at = NULL; UPDATE leads SET status = NULL, score = NULL, platform = NULL, phone = NULL");
  EXPECT_EQ(reasons(Due::today), "?");
  const auto page = followups(Due::any);
  const FollowupRow& row = page->items.rows.front();
  EXPECT_EQ(row.lead_name, "Unbekannt");
  EXPECT_EQ(row.channel, "WHATSAPP");
  EXPECT_EQ(row.priority, "medium");
  auto context = request(me_);
  const auto suggestions = rig_.run(agenda_.list_suggestions(context, mine, SuggestionStatus::open, "", 5));
  ASSERT_TRUE(suggestions) << suggestions.error().log_detail;
  EXPECT_EQ(suggestions->items.rows.front().lead_name, "Unbekannt");
  EXPECT_TRUE(suggestions->items.rows.front().id);
}

TEST_F(AgendaStore, ALeadsSuggestionsAreItsOwnersNewestFirst) {
  const Uuid mine = lead(me_), theirs = lead(other_), quiet = lead(me_, "'Quiet'");
  for (const char* more : {"'pending', NULL", "'sent', NULL", "'snoozed', '2027-01-01'", "'snoozed', '2026-01-01'"})
    suggest(mine, more, "'2026-03-20T08:00:00Z'", more);
  database_.run("UPDATE followup_suggestions SET created_at = now() - (length(reason) || ' hours')::interval");
  auto context = request(me_);
  const auto list = [&](Uuid lead_id, SuggestionStatus status, std::string cursor, std::int64_t limit_rows) {
    return rig_.run(agenda_.list_suggestions(context, lead_id, status, std::move(cursor), limit_rows));
  };
  const auto open = list(mine, SuggestionStatus::open, "", 50);
  ASSERT_TRUE(open) << open.error().log_detail;
  ASSERT_EQ(open->items.size(), 2u);
  EXPECT_EQ(open->items.rows.front().reason, "'pending', NULL");
  EXPECT_EQ(open->items.rows.back().reason, "'snoozed', '2026-01-01'");
  const auto all = list(mine, SuggestionStatus::all, "", 3);
  EXPECT_EQ(all->items.size(), 3u);
  EXPECT_EQ(list(mine, SuggestionStatus::all, *all->next_cursor, 3)->items.size(), 1u);
  const auto none = list(quiet, SuggestionStatus::all, "", 3);
  EXPECT_EQ(none->items.rows.front().lead_name, "Quiet");
  EXPECT_FALSE(none->items.rows.front().id);
  EXPECT_EQ(list(theirs, SuggestionStatus::all, "", 3).error().code, Errc::not_found);
}

TEST_F(AgendaStore, ActivitiesAreTheOrganisationsNewestFirst) {
  const auto add = [&](const test::TestDatabase::Account& account, const std::string& subject, int hours_ago) {
    database_.run(
        "WITH c AS (INSERT INTO contacts (org_id, created_by, name) VALUES ($1, $2, 'Contact ' || $3) RETURNING id) "
        "INSERT INTO activities (org_id, user_id, contact_id, type, subject, occurred_at) "
        "SELECT $1, $2, c.id, 'call', $3, now() - $4 * interval '1 hour' FROM c",
        {account.org_id.to_string(), account.user_id.to_string(), subject, std::to_string(hours_ago)});
  };
  add(me_, "second", 2);
  add(me_, "first", 1);
  add(me_, "third", 3);
  add(other_, "theirs", 0);
  auto context = request(me_);
  const auto page = rig_.run(agenda_.list_activities(context, {}, "", 2));
  ASSERT_TRUE(page) << page.error().log_detail;
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items.rows.front().subject, "first");
  EXPECT_EQ(page->items.rows.front().contact_name, "Contact first");
  EXPECT_EQ(page->items.rows.back().subject, "second");
  const auto rest = rig_.run(agenda_.list_activities(context, {}, *page->next_cursor, 2));
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items.rows.front().subject, "third");
  const auto contact = page->items.rows.back().contact_id;
  const auto of_one = rig_.run(agenda_.list_activities(context, contact, "", 9));
  ASSERT_EQ(of_one->items.size(), 1u);
  EXPECT_EQ(of_one->items.rows.front().subject, "second");
}

}  // namespace
}  // namespace salesflow::agenda
