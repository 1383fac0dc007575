// The approval queue on a real PostgreSQL: what is drafted, and that everything goes out once.
#include <gtest/gtest.h>

#include "features/approvals/store.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::approvals {
namespace {

using namespace std::chrono_literals;

class ApprovalsStore : public testing::Test {
 protected:
  ApprovalsStore() {
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
  Uuid lead(const std::string& columns = "name", const std::string& values = "'Eva Berger'",
            std::optional<Uuid> user_id = {}) {
    const Uuid id = Uuid::v7();
    database_.run(
        "INSERT INTO leads (id, user_id, phone, " + columns + ") VALUES ($1, $2, '+43 664 1234567', " + values + ")",
        {id.to_string(), user_id.value_or(me_.user_id).to_string()});
    return id;
  }
  std::int64_t generate() {
    auto context = request(me_);
    const auto made = rig_.run(approvals_.generate_drafts(context));
    EXPECT_TRUE(made) << made.error().log_detail;
    return made ? *made : -1;
  }
  Result<Sent> send(ItemId item, std::optional<std::string> edited = {}) {
    auto context = request(me_);
    return rig_.run(approvals_.send(context, item, std::move(edited)));
  }
  Errc skip(ItemId item, std::optional<std::int64_t> days, const test::TestDatabase::Account& account) {
    auto context = request(account);
    const auto skipped = rig_.run(approvals_.skip(context, item, days));
    return skipped ? static_cast<Errc>(-1) : skipped.error().code;
  }
  Uuid draft_of(Uuid lead_id, const std::string& priority = "50") {
    const Uuid id = Uuid::v7();
    database_.run(
        "INSERT INTO message_queue (id, user_id, lead_id, channel, message, priority) SELECT $1, user_id, id, "
        "'whatsapp', 'Hallo', " +
            priority + " FROM leads WHERE id = $2",
        {id.to_string(), lead_id.to_string()});
    return id;
  }
  Uuid suggestion_of(Uuid lead_id) {
    const Uuid id = Uuid::v7();
    database_.run(
        "INSERT INTO followup_suggestions (id, user_id, lead_id, flow, stage, suggested_message, due_at) SELECT $1, "
        "user_id, id, 'cold', 1, 'Na?', now() FROM leads WHERE id = $2",
        {id.to_string(), lead_id.to_string()});
    return id;
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  test::TestDatabase database_;
  test::TestDatabase::Account me_, other_;
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Approvals approvals_{*store_};
};

TEST_F(ApprovalsStore, DraftsForEachDueLeadOnceAndBySeverity) {
  lead("name, temperature, next_follow_up", "'Hot Today', 'hot', current_date");
  lead("name, temperature, next_follow_up", "'Warm Late', 'warm', current_date - 3");
  lead("name, temperature, next_follow_up", "'Cold Very Late', 'cold', current_date - 99");
  lead("name, temperature, next_follow_up", "'Hot Very Late', 'hot', current_date - 99");
  lead("name, next_follow_up", "'Tomorrow', current_date + 1");
  lead("name, next_follow_up, status", "'Won', current_date, 'won'");
  lead("name, next_follow_up, do_not_contact", "'Not', current_date, true");
  lead("name, next_follow_up, archived_at", "'Gone', current_date, now()");
  lead("name, next_follow_up", "'Theirs', current_date", other_.user_id);
  EXPECT_EQ(generate(), 4);
  EXPECT_EQ(generate(), 0);
  EXPECT_EQ(value("SELECT string_agg(l.name || ' ' || q.priority, ', ' ORDER BY q.priority DESC, l.name) FROM "
                  "message_queue AS q JOIN leads AS l ON l.id = q.lead_id"),
            "Hot Very Late 100, Hot Today 80, Warm Late 80, Cold Very Late 70");
  EXPECT_EQ(value("SELECT count(*) FROM message_queue WHERE message LIKE 'Hallo Hot, wie besprochen%'"), "2");
  // A draft that was decided answers its day; the next follow-up is another day.
  database_.run("UPDATE message_queue SET status = 'skipped'");
  EXPECT_EQ(generate(), 0);
  database_.run("UPDATE message_queue SET created_at = now() - interval '2 days'");
  EXPECT_EQ(generate(), 1) << "only the one whose follow-up is today";
}

TEST_F(ApprovalsStore, ADraftTakesThePreferredChannelThatHasAnAddressElseTheFirstThatHasOne) {
  const Uuid id = lead("name, next_follow_up", "'Eva', current_date");
  const std::string nothing =
      "preferred_channel = NULL, phone = NULL, whatsapp = NULL, email = '', instagram = NULL, instagram_handle = '', "
      "instagram_url = NULL, linkedin = NULL, linkedin_url = NULL, facebook = NULL";
  struct Case {
    std::string columns, channel;
  };
  const Case cases[] = {
      {"preferred_channel = 'EMAIL', email = 'e@x.at', phone = '+431234567'", "email"},
      {"preferred_channel = 'EMAIL', phone = '+431234567'", "whatsapp"},
      {"preferred_channel = 'INSTAGRAM', instagram_handle = '@e', email = 'e@x.at'", "instagram"},
      {"preferred_channel = 'INSTAGRAM', email = 'e@x.at'", "email"},
      {"preferred_channel = 'LinkedIn', linkedin_url = 'e', email = 'e@x.at'", "linkedin"},
      {"preferred_channel = 'facebook', facebook = 'e', phone = '+431234567'", "facebook"},
      {"whatsapp = '+431234567', email = 'e@x.at'", "whatsapp"},
      {"email = 'e@x.at', instagram = 'e', linkedin = 'e', facebook = 'e'", "email"},
      {"instagram_url = 'e', linkedin = 'e', facebook = 'e'", "instagram"},
      {"linkedin = 'e', facebook = 'e'", "linkedin"},
      {"facebook = 'e'", "facebook"},
      {"name = 'Eva'", "whatsapp"},
  };
  for (const Case& one : cases) {
    database_.run("TRUNCATE message_queue");
    database_.run("UPDATE leads SET " + nothing + " WHERE id = $1", {id.to_string()});
    database_.run("UPDATE leads SET " + one.columns + " WHERE id = $1", {id.to_string()});
    EXPECT_EQ(generate(), 1);
    EXPECT_EQ(value("SELECT channel FROM message_queue"), one.channel) << one.columns;
  }
}

TEST_F(ApprovalsStore, OfMoreThanFiftyTheLongestOverdueAreDraftedFor) {
  for (int i = 0; i < 50; ++i)
    lead("name, next_follow_up", "'Eva', current_date");
  lead("name, next_follow_up", "'Late', current_date - 9");
  EXPECT_EQ(generate(), 50);
  EXPECT_EQ(value("SELECT count(*) FROM message_queue AS q JOIN leads AS l ON l.id = q.lead_id WHERE l.name = 'Late'"),
            "1");
}

TEST_F(ApprovalsStore, TwoWhoGenerateAtOnceDraftEachLeadOnce) {
  for (int i = 0; i < 70; ++i)
    lead("name, next_follow_up", "'Eva', current_date - 1");
  int ended = 0;
  std::int64_t made = 0;
  const auto one = [&]() -> Task<void> {
    auto context = request(me_);
    auto generated = co_await approvals_.generate_drafts(context);
    EXPECT_TRUE(generated);
    made += generated ? *generated : 0;
  };
  for (int i = 0; i < 6; ++i)
    rig_.start(one(), ended);
  ASSERT_TRUE(rig_.run_until([&] { return ended == 6; }));
  EXPECT_EQ(made, 70);
  EXPECT_EQ(value("SELECT count(DISTINCT lead_id) = 70 AND count(*) = 70 FROM message_queue"), "t");
}

TEST_F(ApprovalsStore, OfManyWhoSendAtOnceOneDoesForEachKindOfItem) {
  for (const ItemKind kind : {ItemKind::approval, ItemKind::followup, ItemKind::lead}) {
    database_.run("TRUNCATE leads CASCADE");
    const Uuid lead_id = lead();
    const ItemId item{kind, kind == ItemKind::lead       ? lead_id
                            : kind == ItemKind::approval ? draft_of(lead_id)
                                                         : suggestion_of(lead_id)};
    int ended = 0, sent = 0;
    const auto one = [&]() -> Task<void> {
      auto context = request(me_);
      auto done = co_await approvals_.send(context, item, std::nullopt);
      sent += done ? 1 : 0;
      EXPECT_TRUE(done || done.error().code == Errc::conflict) << done.error().log_detail;
    };
    for (int i = 0; i < 8; ++i)
      rig_.start(one(), ended);
    ASSERT_TRUE(rig_.run_until([&] { return ended == 8; }));
    SCOPED_TRACE(enum_name(kind));
    EXPECT_EQ(sent, 1);
    EXPECT_EQ(value("SELECT count(*) FROM lead_interactions WHERE interaction_type = 'message_sent'"), "1");
    EXPECT_EQ(value("SELECT status || contact_status || contact_count FROM leads"), "contactedawaiting_reply1");
    const std::string next = kind == ItemKind::approval ? "" : kind == ItemKind::followup ? "7" : "3";
    EXPECT_EQ(value("SELECT coalesce(string_agg(round(extract(epoch FROM due_at - now()) / 86400)::text, ','), '') "
                    "FROM followup_suggestions WHERE status = 'pending'"),
              next);
  }
}

TEST_F(ApprovalsStore, WhatGoesOutIsNotedOnItsLeadAndLogged) {
  const auto noted = [&] {
    return value(
        "SELECT concat_ws('|', status, contact_status, contact_count, waiting_for_response, last_contact_by, "
        "awaiting_reply_since > now() - interval '1 minute', last_outreach_at > now() - interval '1 minute', "
        "last_message) FROM leads");
  };
  const auto logged = [&] {
    return value(
        "SELECT string_agg(concat_ws('|', channel, outcome, logged_by, source, summary), ',') FROM lead_interactions");
  };
  const Uuid eva = lead("name, preferred_channel", "'Eva', 'EMAIL'");
  ASSERT_TRUE(send({ItemKind::lead, eva}));
  const std::string first = "Hallo Eva, schön, dass wir in Kontakt sind! Wie kann ich dir helfen?";
  EXPECT_EQ(noted(), "contacted|awaiting_reply|1|t|user|t|t|" + first);
  EXPECT_EQ(logged(), "email|sent|user|inbox|" + first);
  // The wait for an answer begins anew with each message.
  const std::string later =
      "TRUNCATE lead_interactions; UPDATE leads SET awaiting_reply_since = now() - interval '9 days', "
      "last_outreach_at = now() - interval '9 days', waiting_for_response = false";
  database_.run(later);
  ASSERT_TRUE(send({ItemKind::approval, draft_of(eva)}));
  EXPECT_EQ(noted(), "contacted|awaiting_reply|2|t|user|t|t|Hallo");
  EXPECT_EQ(logged(), "whatsapp|sent|user|approval|Hallo");
  database_.run(later);
  database_.run("TRUNCATE followup_suggestions");
  const Uuid suggestion = suggestion_of(eva);
  database_.run("UPDATE followup_suggestions SET channel = 'EMAIL', stage = 4");
  ASSERT_TRUE(send({ItemKind::followup, suggestion}));
  EXPECT_EQ(noted(), "contacted|awaiting_reply|3|t|user|t|t|Na?");
  EXPECT_EQ(logged(), "email|sent|user|followup|Na?");
  EXPECT_EQ(value("SELECT concat_ws('|', flow, stage, channel) FROM followup_suggestions WHERE status = 'pending'"),
            "cold|5|EMAIL");
  // Who is in a conversation stays there, and waits for nothing.
  database_.run(later + ", contact_status = 'in_conversation'");
  ASSERT_TRUE(send({ItemKind::approval, draft_of(eva)}));
  EXPECT_EQ(noted(), "contacted|in_conversation|4|t|user|f|t|Hallo");
}

TEST_F(ApprovalsStore, NothingMoreIsSuggestedWhereASuggestionWaits) {
  const Uuid fresh = lead(), known = lead();
  const Uuid sent = suggestion_of(known);
  for (const Uuid& id : {fresh, known})
    suggestion_of(id);
  ASSERT_TRUE(send({ItemKind::followup, sent}));
  ASSERT_TRUE(send({ItemKind::lead, fresh}));
  EXPECT_EQ(value("SELECT count(*) FROM followup_suggestions WHERE status = 'pending'"), "2");
}

TEST_F(ApprovalsStore, AnEditedMessageGoesOutInTheLink) {
  const auto sent = send({ItemKind::approval, draft_of(lead())}, "Grüß dich");
  ASSERT_TRUE(sent) << sent.error().log_detail;
  EXPECT_EQ(sent->deep_link, "https://wa.me/436641234567?text=Gr%C3%BC%C3%9F%20dich");
  EXPECT_EQ(sent->lead_name, "Eva Berger");
  EXPECT_EQ(value("SELECT message || status || (approved_at IS NOT NULL) FROM message_queue"), "Grüß dichapprovedtrue");
  auto context = request(me_);
  const auto stats = rig_.run(approvals_.get_stats(context));
  EXPECT_EQ(stats->pending, 0);
  EXPECT_EQ(stats->sent_today, 1);
  EXPECT_EQ(rig_.run(approvals_.list_pending(context, "", 5))->stats.sent_today, 1);
  database_.run("UPDATE message_queue SET approved_at = now() - interval '1 day'");
  EXPECT_EQ(rig_.run(approvals_.get_stats(context))->sent_today, 0);
  EXPECT_EQ(rig_.run(approvals_.list_pending(context, "", 5))->stats.sent_today, 0);
}

TEST_F(ApprovalsStore, SkippedItemsRestOrLeave) {
  const Uuid lead_id = lead();
  const ItemId draft{ItemKind::approval, draft_of(lead_id)}, again{ItemKind::approval, draft_of(lead_id)},
      suggestion{ItemKind::followup, suggestion_of(lead_id)}, first{ItemKind::lead, lead_id};
  for (const ItemId& item : {draft, suggestion, first})
    EXPECT_EQ(skip(item, {}, other_), Errc::not_found);
  const Errc done = static_cast<Errc>(-1);
  EXPECT_EQ(skip(draft, {}, me_), done);
  EXPECT_EQ(skip(draft, {}, me_), Errc::conflict);
  EXPECT_EQ(value("SELECT next_follow_up IS NULL FROM leads"), "t");
  EXPECT_EQ(skip(again, 5, me_), done);
  EXPECT_EQ(value("SELECT next_follow_up - (now() AT TIME ZONE 'UTC')::date FROM leads"), "5");
  EXPECT_EQ(skip(suggestion, 2, me_), done);
  EXPECT_EQ(value("SELECT concat_ws(' ', status, round(extract(epoch FROM snoozed_until - now()) / 3600), due_at = "
                  "snoozed_until) FROM followup_suggestions"),
            "snoozed 48 t");
  EXPECT_EQ(value("SELECT reviewed_at IS NULL FROM leads"), "t");
  EXPECT_EQ(skip(first, {}, me_), done);
  EXPECT_EQ(value("SELECT reviewed_at IS NOT NULL FROM leads"), "t");
  EXPECT_EQ(skip(first, 3, me_), done);
  EXPECT_EQ(value("SELECT next_follow_up - (now() AT TIME ZONE 'UTC')::date FROM leads"), "3");
  EXPECT_TRUE(send(suggestion)) << "a snoozed one can be sent all the same";
  EXPECT_EQ(value("SELECT count(*) FROM followup_suggestions WHERE snoozed_until IS NOT NULL"), "0");
  EXPECT_EQ(skip(first, 3, me_), Errc::conflict) << "the lead is contacted by now";
}

TEST_F(ApprovalsStore, TheQueueIsPagedByPriorityAndItsFiguresStandOnAnEmptyOneToo) {
  const Uuid lead_id = lead();
  std::vector<std::string> wanted;
  for (int i = 0; i < 17; ++i)
    draft_of(lead_id, std::to_string(50 + i % 4 * 10));
  draft_of(lead_id, "0");
  database_.run("ALTER TABLE message_queue ALTER priority DROP NOT NULL");  // as found tables have it
  draft_of(lead_id, "NULL");
  std::vector<std::pair<int, Uuid>> seen;
  std::string cursor, used;
  do {
    auto context = request(me_);
    const auto page = rig_.run(approvals_.list_pending(context, cursor, 5));
    ASSERT_TRUE(page) << page.error().log_detail;
    EXPECT_EQ(page->stats.pending, 19);
    for (const auto& row : page->items)
      seen.emplace_back(*row.priority, *row.id);
    EXPECT_EQ(context.statements, 1u);
    if (page->next_cursor)
      used = *page->next_cursor;
    cursor = page->next_cursor.value_or("");
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 19u);
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
  auto theirs = request(other_);
  const auto empty = rig_.run(approvals_.list_pending(theirs, "", 5));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->items.empty());
  EXPECT_EQ(empty->stats.pending, 0);
  for (const std::string& foreign : {std::string("x"), used})
    EXPECT_EQ(rig_.run(approvals_.list_pending(theirs, foreign, 5)).error().code, Errc::malformed);
}

TEST_F(ApprovalsStore, ABulkSendsWhatItMayAndTellsOfTheRest) {
  const Uuid fresh = lead(), talking = lead("name, contact_status", "'Talks', 'in_conversation'");
  const std::string one = "lead_" + fresh.to_string();
  const ItemId decided{ItemKind::approval, draft_of(lead())};
  EXPECT_EQ(skip(decided, {}, me_), static_cast<Errc>(-1));
  std::vector<std::string> ids{one,
                               one,
                               "followup_" + suggestion_of(talking).to_string(),
                               "approval_" + decided.id.to_string(),
                               "approval_" + Uuid::v7().to_string(),
                               "nonsense"};
  auto context = request(me_);
  const auto all = rig_.run(approvals_.send_all(context, ids));
  ASSERT_TRUE(all) << all.error().log_detail;
  using Outcome = BulkItem::Outcome;
  const Outcome outcomes[] = {Outcome::sent,    Outcome::skipped, Outcome::skipped,
                              Outcome::skipped, Outcome::failed,  Outcome::failed};
  ASSERT_EQ(all->size(), 6u);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ((*all)[i].outcome, outcomes[i]) << (*all)[i].reason;
  EXPECT_EQ(value("SELECT count(*) FROM lead_interactions"), "1");
}

}  // namespace
}  // namespace salesflow::approvals
