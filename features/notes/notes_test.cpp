#include "features/notes/notes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "features/notes/store.hpp"
#include "features/notes/summary_rules.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::notes {
namespace {

using test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Keeps notes in memory, in creation order, and answers the conversation that a test put in.
class MemoryStore final : public Store {
 public:
  std::vector<NoteRow> kept;
  ConversationFacts facts;
  std::vector<NewSummary> summaries;
  int calls = 0;
  bool lead_ok = true;

  Uuid add(Uuid user_id, int second) {
    NoteRow row;
    row.id = Uuid::v7();
    row.user_id = user_id;
    row.created_at = TimePoint(std::chrono::seconds(second));
    row.row_version = 1;
    kept.push_back(row);
    return row.id;
  }
  Task<Result<RowSet<NoteRow>>> list_notes(RequestContext& request, NoteFilter, TimePosition after,
                                           std::int64_t limit_rows) override {
    ++calls;
    RowSet<NoteRow> rows;
    for (const NoteRow& row : kept) {
      if (row.user_id == request.identity.user_id && std::tie(row.created_at, row.id) < std::tie(after.at, after.id))
        rows.rows.push_back(row);
    }
    std::sort(rows.rows.begin(), rows.rows.end(), [](const NoteRow& a, const NoteRow& b) {
      return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
    });
    if (rows.rows.size() > static_cast<std::size_t>(limit_rows))
      rows.rows.resize(static_cast<std::size_t>(limit_rows));
    co_return rows;
  }
  Task<Result<OneRow<NoteRow>>> get_note(RequestContext& request, Uuid note_id) override {
    ++calls;
    OneRow<NoteRow> found;
    for (const NoteRow& row : kept) {
      if (row.id == note_id && row.user_id == request.identity.user_id)
        found.row = row;
    }
    co_return found;
  }
  Task<Result<Written>> create_note(RequestContext&, Uuid id, NewNote) override {
    ++calls;
    Written written;
    written.lead_ok = lead_ok;
    if (lead_ok) {
      written.note.row.emplace();
      written.note.row->id = id;
    }
    co_return written;
  }
  Task<Result<Written>> update_note(RequestContext& request, Uuid note_id, NoteChange,
                                    std::optional<std::int64_t> row_version) override {
    auto found = co_await get_note(request, note_id);
    Written written;
    if (*found && (!row_version || *row_version == (*found)->row_version))
      written.note = *found;
    co_return written;
  }
  Task<Result<bool>> delete_note(RequestContext& request, Uuid note_id,
                                 std::optional<std::int64_t> row_version) override {
    auto found = co_await get_note(request, note_id);
    co_return *found && (!row_version || *row_version == (*found)->row_version);
  }
  Task<Result<ConversationFacts>> read_conversation(RequestContext&, SummaryRequest) override {
    ++calls;
    co_return facts;
  }
  Task<Result<void>> create_summary(RequestContext&, NewSummary summary) override {
    ++calls;
    summaries.push_back(std::move(summary));
    co_return Result<void>();
  }
};

struct NotesTest : testing::Test {
  NotesTest() {
    request.identity.user_id = Uuid::v7();
    request.identity.org_id = Uuid::v7();
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  }
  void say(std::string text) { store.facts.conversation.messages.push_back({"email", true, std::move(text), now}); }
  SummaryRequest about(std::optional<Uuid> lead, std::optional<Uuid> contact = {}) {
    SummaryRequest asked;
    asked.lead_id = lead;
    asked.contact_id = contact;
    return asked;
  }
  MemoryStore store;
  FallbackSummarizer summarizer;
  Notes notes{store, summarizer, +[] { return now; }};
  RequestContext request;
};

TEST_F(NotesTest, RefuseWhatIsOutOfBoundsWithoutTouchingTheStore) {
  for (const std::int64_t limit : {0, -1, 101})
    EXPECT_EQ(run_task(notes.list_notes(request, {}, "", limit)).error().errors.at(0).field, "query.limit");
  EXPECT_EQ(run_task(notes.create_note(request, {})).error().errors.at(0).field, "content");
  EXPECT_EQ(run_task(notes.update_note(request, Uuid::v7(), {}, {})).error().code, Errc::invalid_argument);
  EXPECT_EQ(run_task(notes.summarize(request, about({}))).error().errors.at(0).field, "lead_id");
  for (const std::int64_t limit : {4, 101}) {
    auto asked = about(Uuid::v7());
    asked.message_limit = limit;
    EXPECT_EQ(run_task(notes.summarize(request, asked)).error().errors.at(0).field, "message_limit");
  }
  request.identity.org_id = Uuid{};
  EXPECT_EQ(run_task(notes.summarize(request, about(Uuid::v7()))).error().errors.at(0).field, "create_task");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(NotesTest, PageThroughAllNotesOnceWithTiesInTime) {
  for (int i = 0; i < 23; ++i)
    store.add(request.identity.user_id, i / 5);
  std::set<Uuid> seen;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = run_task(notes.list_notes(request, {}, cursor, 5));
    ASSERT_TRUE(page);
    for (const auto& row : page->items)
      EXPECT_TRUE(seen.insert(row.id).second);
    if (!page->next_cursor)
      break;
    cursor = *page->next_cursor;
  }
  EXPECT_EQ(seen.size(), 23u);
}

TEST_F(NotesTest, ACursorBelongsToItsFiltersAndUser) {
  for (int i = 0; i < 101; ++i)
    store.add(request.identity.user_id, i);
  const auto first = run_task(notes.list_notes(request, {}, "", 100));
  ASSERT_TRUE(first && first->next_cursor) << "100 are allowed";
  EXPECT_EQ(run_task(notes.list_notes(request, {}, *first->next_cursor, 5))->items.size(), 1u);
  NoteFilter of_lead, of_contact, of_deal, of_type;
  of_lead.lead_id = of_contact.contact_id = of_deal.deal_id = Uuid::v7();
  of_type.note_type = NoteType::manual;
  for (const NoteFilter& filter : {of_lead, of_contact, of_deal, of_type})
    EXPECT_EQ(run_task(notes.list_notes(request, filter, *first->next_cursor, 5)).error().code, Errc::malformed);
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(run_task(notes.list_notes(request, {}, *first->next_cursor, 5)).error().code, Errc::malformed);
}

TEST_F(NotesTest, TellAChangedNoteFromAMissingOne) {
  const Uuid mine = store.add(request.identity.user_id, 1), foreign = store.add(Uuid::v7(), 1);
  NoteChange change;
  change.content = "x";
  EXPECT_TRUE(run_task(notes.update_note(request, mine, change, 1)));
  EXPECT_EQ(run_task(notes.update_note(request, mine, change, 7)).error().code, Errc::precondition_failed);
  EXPECT_EQ(run_task(notes.update_note(request, foreign, change, 1)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(notes.delete_note(request, mine, 7)).error().code, Errc::precondition_failed);
  EXPECT_EQ(run_task(notes.delete_note(request, foreign, {})).error().code, Errc::not_found);
  EXPECT_TRUE(run_task(notes.delete_note(request, mine, {})));
  NoteChange metadata;
  metadata.metadata = {true, std::nullopt};
  EXPECT_TRUE(run_task(notes.update_note(request, mine, metadata, {}))) << "one member is a change";
  EXPECT_EQ(run_task(notes.get_note(request, foreign)).error().code, Errc::not_found);
  store.lead_ok = false;
  NewNote note;
  note.content = "x";
  EXPECT_EQ(run_task(notes.create_note(request, note)).error().errors.at(0).field, "lead_id");
}

TEST_F(NotesTest, ASummaryOfNothingWritesNothing) {
  store.facts.lead_found = true;
  const auto outcome = run_task(notes.summarize(request, about(Uuid::v7()))).value();
  EXPECT_EQ(outcome.draft.model_used, "none");
  EXPECT_FALSE(outcome.note_id || outcome.task_id);
  EXPECT_TRUE(store.summaries.empty());
}

TEST_F(NotesTest, ASummaryBecomesANoteAndATaskWithTheStepsPriorityAndDay) {
  const Uuid lead = Uuid::v7();
  store.facts.lead_found = true;
  say("Was kostet das?");
  const auto outcome = run_task(notes.summarize(request, about(lead))).value();
  ASSERT_EQ(store.summaries.size(), 1u);
  const NewSummary& stored = store.summaries[0];
  EXPECT_EQ(stored.note_id, outcome.note_id);
  EXPECT_EQ(stored.task_id, outcome.task_id);
  EXPECT_EQ(stored.lead_id, lead);
  EXPECT_FALSE(stored.task_contact_id);
  EXPECT_EQ(stored.step.action, "Angebot senden");
  EXPECT_EQ(stored.due_at, now + std::chrono::days(1));
  EXPECT_EQ(stored.metadata.text,
            R"({"ai_model":"rules","messages_analyzed":1,"generated_at":"2026-11-23T12:00:00.000000Z"})");
  EXPECT_NE(stored.content.find("→ Angebot senden"), std::string::npos);
  auto asked = about(lead);
  asked.create_task = false;
  EXPECT_FALSE(run_task(notes.summarize(request, asked)).value().task_id);
}

/// Names a model that JSON must escape and keeps how long it was given.
class QuotedModel final : public Summarizer {
 public:
  SteadyTime deadline;
  Task<Draft> summarize(Conversation conversation, SteadyTime until) override {
    deadline = until;
    Draft draft = summarize_by_rules(conversation);
    draft.model_used = "a \"model\" of \\ \n ours";
    co_return draft;
  }
};

TEST_F(NotesTest, ASummarizerLeavesTimeToStoreAndItsModelIsEscaped) {
  QuotedModel model;
  Notes by_model{store, model, +[] { return now; }};
  store.facts.contact_found = true;
  say("Hallo");
  const Uuid contact = Uuid::v7();
  ASSERT_TRUE(run_task(by_model.summarize(request, about({}, contact))));
  EXPECT_EQ(request.deadline - model.deadline, std::chrono::milliseconds(1500));
  EXPECT_TRUE(store.summaries.at(0).metadata.text.starts_with(R"({"ai_model":"a \"model\" of \\  ours",)"))
      << store.summaries[0].metadata.text;
  EXPECT_EQ(store.summaries[0].task_contact_id, contact);
  store.facts.contact_found = false;
  store.facts.contact_is_lead = true;
  say("Hallo");
  ASSERT_TRUE(run_task(by_model.summarize(request, about({}, contact))));
  EXPECT_EQ(store.summaries.at(1).contact_id, contact);
  EXPECT_FALSE(store.summaries[1].task_contact_id) << "a lead's id is no contact's";
}

TEST_F(NotesTest, ASummaryNamesWhatIsNotTheCallersAndContactsOfOtherLeads) {
  say("Hallo");
  const Uuid lead = Uuid::v7(), contact = Uuid::v7();
  const auto field = [&](const SummaryRequest& asked) {
    const auto outcome = run_task(notes.summarize(request, asked));
    return outcome ? std::string("none") : outcome.error().errors.at(0).field;
  };
  EXPECT_EQ(field(about(lead)), "lead_id");
  EXPECT_EQ(field(about({}, contact)), "contact_id");
  store.facts.lead_found = true;
  EXPECT_EQ(field(about(lead, contact)), "contact_id");
  store.facts.contact_found = true;
  EXPECT_EQ(field(about(lead, contact)), "none") << "a contact without a lead";
  store.facts.contact_lead_id = lead;
  EXPECT_EQ(field(about(lead, contact)), "none");
  store.facts.contact_lead_id = Uuid::v7();
  EXPECT_EQ(field(about(lead, contact)), "contact_id");
  store.facts.contact_found = false;
  store.facts.contact_is_lead = true;
  EXPECT_EQ(field(about(lead, contact)), "contact_id") << "another lead in a contact's place";
  EXPECT_EQ(field(about(lead, lead)), "none");
  auto asked = about(lead);
  asked.deal_id = Uuid::v7();
  EXPECT_EQ(field(asked), "deal_id");
}

}  // namespace
}  // namespace salesflow::notes
