// The notes store on a real PostgreSQL, straight and through PgBouncer.
#include <gtest/gtest.h>

#include <set>

#include "features/notes/store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::notes {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::run_task;

class NotesStore : public testing::TestWithParam<PoolMode> {
 protected:
  NotesStore() {
    anna_ = database_.create_account("anna@example.com");
    ben_ = database_.create_account("ben@example.com");
    request_.deadline = std::chrono::steady_clock::now() + 60s;
    act_as(anna_);
    lead_ = add_lead(anna_);
    contact_ = add("contacts", "org_id, name, lead_id", anna_.org_id, "'Contact', '" + lead_.to_string() + "'");
    deal_ = add("deals", "org_id, title", anna_.org_id, "'Deal'");
  }
  ~NotesStore() override {
    auto drain = [](postgres::Database& db) -> Task<bool> {
      co_await db.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context_, drain(db_));
  }
  void act_as(const test::TestDatabase::Account& account) {
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
  }
  Uuid add(const std::string& table, const std::string& columns, Uuid tenant, const std::string& values) {
    const Uuid id = Uuid::v7();
    database_.run("INSERT INTO " + table + " (id, " + columns + ") VALUES ($1, $2, " + values + ")",
                  {id.to_string(), tenant.to_string()});
    return id;
  }
  Uuid add_lead(const test::TestDatabase::Account& account) {
    return add("leads", "user_id, name", account.user_id, "'Lead'");
  }
  void add_event(const test::TestDatabase::Account& account, Uuid contact_id, const std::string& text,
                 int minutes_ago) {
    database_.run(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, created_at) VALUES ($1, "
        "$2, 'email', 'inbound', $3, now() - $4::int * interval '1 minute')",
        {account.user_id.to_string(), contact_id.to_string(), text, std::to_string(minutes_ago)});
  }
  Written create(NewNote note) {
    const auto written = run_task(context_, store_->create_note(request_, Uuid::v7(), std::move(note)));
    EXPECT_TRUE(written) << written.error().log_detail;
    return *written;
  }
  Written update(Uuid id, NoteChange change, std::optional<std::int64_t> version = {}) {
    const auto written = run_task(context_, store_->update_note(request_, id, std::move(change), version));
    EXPECT_TRUE(written) << written.error().log_detail;
    return *written;
  }
  std::vector<std::string> texts(SummaryRequest asked) {
    const auto facts = run_task(context_, store_->read_conversation(request_, asked));
    EXPECT_TRUE(facts) << facts.error().log_detail;
    std::vector<std::string> all;
    for (const Message& message : facts->conversation.messages)
      all.push_back(message.text);
    return all;
  }
  std::int64_t count(const std::string& table) { return database_.run("SELECT count(*) FROM " + table).integer(); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_, ben_;
  Uuid lead_, contact_, deal_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  RequestContext request_;
};

TEST_P(NotesStore, ReadsBackAllThatWasStored) {
  const std::string content = "Grüße \xF0\x9F\x98\x80\n\"quoted\" \\ " + std::string(20'000, 'y');
  const auto made = create({content, lead_, contact_, deal_, NoteType::call_summary, RawJson{R"({"n": 1.50})"}});
  ASSERT_TRUE(made.note);
  const auto found = run_task(context_, store_->get_note(request_, made.note->id)).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->content, content);
  EXPECT_EQ(found->lead_id, lead_);
  EXPECT_EQ(found->contact_id, contact_);
  EXPECT_EQ(found->deal_id, deal_);
  EXPECT_EQ(found->note_type, "call_summary");
  EXPECT_EQ(found->source, "user");
  EXPECT_EQ(found->metadata->text, R"({"n": 1.50})");
  EXPECT_EQ(found->row_version, 1);
}

TEST_P(NotesStore, RefusesLeadsContactsAndDealsOfOthers) {
  const Uuid lead = add_lead(ben_), contact = add("contacts", "org_id, name", ben_.org_id, "'C'"),
             deal = add("deals", "org_id, title", ben_.org_id, "'D'");
  EXPECT_FALSE(create({"x", lead, {}, {}, NoteType::manual, {}}).lead_ok);
  EXPECT_FALSE(create({"x", {}, contact, {}, NoteType::manual, {}}).contact_ok);
  EXPECT_FALSE(create({"x", {}, lead, {}, NoteType::manual, {}}).contact_ok);
  EXPECT_FALSE(create({"x", {}, {}, deal, NoteType::manual, {}}).deal_ok);
  EXPECT_FALSE(create({"x", Uuid::v7(), contact_, deal_, NoteType::manual, {}}).lead_ok);
  EXPECT_EQ(count("crm_notes"), 0);
  EXPECT_TRUE(create({"x", {}, lead_, {}, NoteType::manual, {}}).note) << "a lead's id in a contact's place";
  const auto note = create({"x", {}, {}, {}, NoteType::manual, {}}).note;
  NoteChange to_deal, to_lead, to_contact;
  to_deal.deal_id = {true, deal};
  to_lead.lead_id = {true, lead};
  to_contact.contact_id = {true, contact};
  EXPECT_FALSE(update(note->id, to_deal).deal_ok);
  EXPECT_FALSE(update(note->id, to_lead).lead_ok);
  EXPECT_FALSE(update(note->id, to_contact).contact_ok);
  const auto kept = run_task(context_, store_->get_note(request_, note->id)).value();
  EXPECT_FALSE(kept->deal_id || kept->lead_id || kept->contact_id);
}

TEST_P(NotesStore, ChangesWhatWasSentAndOnlyTheVersionSeen) {
  const auto made = create({"old", lead_, contact_, deal_, NoteType::manual, RawJson{R"({"a": 1})"}}).note;
  NoteChange change;
  change.content = "new";
  change.lead_id = {true, std::nullopt};
  auto changed = update(made->id, change, 1).note;
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->content, "new");
  EXPECT_FALSE(changed->lead_id);
  EXPECT_EQ(changed->contact_id, contact_);
  EXPECT_EQ(changed->metadata->text, R"({"a": 1})");
  EXPECT_EQ(changed->row_version, 2);
  EXPECT_FALSE(update(made->id, change, 1).note) << "an old version";
  NoteChange clear;
  clear.metadata = {true, std::nullopt};
  clear.note_type = NoteType::meeting_summary;
  changed = update(made->id, clear).note;
  EXPECT_FALSE(changed->metadata);
  EXPECT_EQ(changed->note_type, "meeting_summary");
  NoteChange moved;
  moved.lead_id = {true, lead_};
  moved.contact_id = {true, lead_};
  moved.deal_id = {true, std::nullopt};
  changed = update(made->id, moved).note;
  EXPECT_EQ(changed->lead_id, lead_);
  EXPECT_EQ(changed->contact_id, lead_);
  EXPECT_FALSE(changed->deal_id);
  EXPECT_EQ(changed->content, "new");
  EXPECT_FALSE(run_task(context_, store_->delete_note(request_, made->id, 1)).value());
  EXPECT_TRUE(run_task(context_, store_->delete_note(request_, made->id, 4)).value());
  EXPECT_FALSE(run_task(context_, store_->delete_note(request_, made->id, {})).value());
}

TEST_P(NotesStore, AnotherUserSeesAndChangesNothing) {
  const auto made = create({"secret", lead_, {}, {}, NoteType::manual, {}}).note;
  act_as(ben_);
  EXPECT_FALSE(run_task(context_, store_->get_note(request_, made->id)).value());
  NoteChange change;
  change.content = "stolen";
  EXPECT_FALSE(update(made->id, change).note);
  EXPECT_FALSE(run_task(context_, store_->delete_note(request_, made->id, {})).value());
  EXPECT_TRUE(run_task(context_, store_->list_notes(request_, {}, before_newest, 100)).value().empty());
}

TEST_P(NotesStore, EveryFilterCombinationGivesExactlyItsRowsNewestFirst) {
  std::vector<std::pair<Uuid, NoteFilter>> made;
  for (unsigned mask = 0; mask < 16; ++mask) {
    NoteFilter has;
    if (mask & 1)
      has.lead_id = lead_;
    if (mask & 2)
      has.contact_id = contact_;
    if (mask & 4)
      has.deal_id = deal_;
    has.note_type = mask & 8 ? NoteType::ai_summary : NoteType::manual;
    const auto note = create({"x", has.lead_id, has.contact_id, has.deal_id, *has.note_type, {}}).note;
    made.push_back({note->id, has});
  }
  for (unsigned mask = 0; mask < 16; ++mask) {
    NoteFilter filter;
    if (mask & 1)
      filter.lead_id = lead_;
    if (mask & 2)
      filter.contact_id = contact_;
    if (mask & 4)
      filter.deal_id = deal_;
    if (mask & 8)
      filter.note_type = NoteType::ai_summary;
    std::vector<Uuid> expected, found;
    for (auto note = made.rbegin(); note != made.rend(); ++note) {
      const NoteFilter& has = note->second;
      const bool fits = (!filter.lead_id || has.lead_id) && (!filter.contact_id || has.contact_id) &&
                        (!filter.deal_id || has.deal_id) && (!filter.note_type || has.note_type == filter.note_type);
      if (fits)
        expected.push_back(note->first);
    }
    for (const auto& row : run_task(context_, store_->list_notes(request_, filter, before_newest, 100)).value().rows)
      found.push_back(row.id);
    EXPECT_EQ(found, expected) << "mask " << mask;
  }
}

TEST_P(NotesStore, NotesOfOneInstantArePagedWithoutGapOrDouble) {
  database_.run(
      "INSERT INTO crm_notes (user_id, content, created_at) SELECT $1, i::text, '2026-01-01Z'::timestamptz + i / 4 * "
      "interval '1 second' FROM generate_series(1, 23) AS i",
      {anna_.user_id.to_string()});
  std::vector<std::pair<TimePoint, Uuid>> seen;
  TimePosition after = before_newest;
  for (std::size_t rows = 3; rows == 3;) {
    const auto found = run_task(context_, store_->list_notes(request_, {}, after, 3)).value();
    rows = found.size();
    for (const auto& row : found) {
      after = {row.created_at, row.id};
      ASSERT_TRUE(seen.empty() || std::pair(after.at, after.id) < seen.back());
      seen.emplace_back(after.at, after.id);
    }
  }
  EXPECT_EQ(seen.size(), 23u);
}

TEST_P(NotesStore, AConversationHoldsTheNewestMessagesOfThatLeadAndNoOthersOldestFirst) {
  for (int i = 0; i < 4; ++i) {
    add_event(anna_, lead_, "lead " + std::to_string(i), 10 * i);
    add_event(anna_, contact_, "contact " + std::to_string(i), 10 * i + 5);
    add_event(anna_, Uuid::v7(), "somebody", i);
    add_event(ben_, lead_, "another user's", i);
  }
  SummaryRequest asked;
  asked.lead_id = lead_;
  asked.message_limit = 5;
  EXPECT_EQ(texts(asked), (std::vector<std::string>{"lead 2", "contact 1", "lead 1", "contact 0", "lead 0"}));
  asked.contact_id = contact_;
  EXPECT_EQ(texts(asked).size(), 5u);
  const Uuid unlinked = add("contacts", "org_id, name", anna_.org_id, "'Other'");
  add_event(anna_, unlinked, "unlinked", 2);
  asked.contact_id = unlinked;
  EXPECT_EQ(texts(asked), (std::vector<std::string>{"contact 1", "lead 1", "contact 0", "unlinked", "lead 0"}));
  asked.contact_id = contact_;
  asked.lead_id.reset();
  EXPECT_EQ(texts(asked), (std::vector<std::string>{"contact 3", "contact 2", "contact 1", "contact 0"}));
  const auto facts = run_task(context_, store_->read_conversation(request_, asked)).value();
  EXPECT_TRUE(facts.contact_found);
  EXPECT_FALSE(facts.contact_is_lead || facts.lead_found || facts.deal_found);
  EXPECT_EQ(facts.contact_lead_id, lead_);
  EXPECT_EQ(facts.conversation.person, "Contact");
  // A contact of this lead in somebody else's organisation is not asked.
  const Uuid theirs = add("contacts", "org_id, name, lead_id", ben_.org_id, "'C', '" + lead_.to_string() + "'");
  add_event(anna_, theirs, "theirs", 0);
  asked = {};
  asked.lead_id = lead_;
  asked.message_limit = 100;
  EXPECT_EQ(texts(asked).size(), 8u);
  act_as(ben_);
  const auto foreign = run_task(context_, store_->read_conversation(request_, asked)).value();
  EXPECT_FALSE(foreign.lead_found);
}

TEST_P(NotesStore, AConversationWithoutMessagesStillTellsWhoseItIs) {
  SummaryRequest asked;
  asked.lead_id = lead_;
  asked.deal_id = deal_;
  const auto facts = run_task(context_, store_->read_conversation(request_, asked)).value();
  EXPECT_TRUE(facts.lead_found && facts.deal_found);
  EXPECT_EQ(facts.conversation.person, "Lead");
  EXPECT_TRUE(facts.conversation.messages.empty());
  asked = {};
  asked.contact_id = lead_;
  const auto in_place = run_task(context_, store_->read_conversation(request_, asked)).value();
  EXPECT_TRUE(in_place.contact_is_lead && !in_place.contact_found);
  EXPECT_EQ(in_place.conversation.person, "Lead") << "a lead's id in a contact's place";
}

TEST_P(NotesStore, ASummarysNoteAndTaskAreStoredTogetherOrNotAtAll) {
  NewSummary summary;
  summary.note_id = Uuid::v7();
  summary.lead_id = lead_;
  summary.contact_id = contact_;
  summary.deal_id = deal_;
  summary.content = "sum";
  summary.metadata.text = R"({"ai_model":"rules"})";
  summary.task_id = Uuid::v7();
  summary.task_contact_id = contact_;
  summary.step = {"Call", "Soon", Priority::high, 1};
  summary.due_at = system_now() + 24h;
  ASSERT_TRUE(run_task(context_, store_->create_summary(request_, summary)));
  const auto task = database_.run(
      "SELECT title, priority, type, status, assigned_to, created_by, contact_id, deal_id, org_id, description, due_at "
      "> now() + "
      "interval '23 hours' FROM tasks");
  ASSERT_EQ(task.rows.size(), 1u);
  EXPECT_EQ(task.value(0, 0), "Call");
  EXPECT_EQ(task.value(0, 1), "high");
  EXPECT_EQ(task.value(0, 2), "followup");
  EXPECT_EQ(task.value(0, 3), "pending");
  EXPECT_EQ(task.value(0, 4), anna_.user_id.to_string());
  EXPECT_EQ(task.value(0, 5), anna_.user_id.to_string());
  EXPECT_EQ(task.value(0, 6), contact_.to_string());
  EXPECT_EQ(task.value(0, 7), deal_.to_string());
  EXPECT_EQ(task.value(0, 8), anna_.org_id.to_string());
  EXPECT_EQ(task.value(0, 9), "Soon");
  EXPECT_EQ(task.value(0, 10), "t");
  EXPECT_EQ(database_
                .run("SELECT concat_ws(' ', note_type, source, content, metadata, lead_id, contact_id, deal_id) FROM "
                     "crm_notes")
                .value(),
            R"(ai_summary zero_input_crm sum {"ai_model": "rules"} )" + lead_.to_string() + " " + contact_.to_string() +
                " " + deal_.to_string());
  // Without a task.
  summary.note_id = Uuid::v7();
  summary.task_id.reset();
  ASSERT_TRUE(run_task(context_, store_->create_summary(request_, summary)));
  EXPECT_EQ(count("tasks"), 1);
  EXPECT_EQ(count("crm_notes"), 2);
  // A task that the database refuses takes the note with it.
  summary.note_id = Uuid::v7();
  summary.task_id = Uuid::v7();
  summary.step.action.clear();
  EXPECT_EQ(run_task(context_, store_->create_summary(request_, summary)).error().code, Errc::invalid_argument);
  EXPECT_EQ(count("crm_notes"), 2);
}

INSTANTIATE_TEST_SUITE_P(Modes, NotesStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::notes
