#include "features/notes/notes.hpp"

#include "features/notes/store.hpp"
#include "platform/core/conditional.hpp"

namespace salesflow::notes {
namespace {

/// What is left of the request's time for the database after a summarizer took its share.
constexpr auto time_to_store = std::chrono::milliseconds(1500);

/// The caller's own, or the error that names the first one that is not.
Result<void> check_owned(bool lead_ok, bool contact_ok, bool deal_ok) {
  if (!lead_ok)
    return fail(Errc::not_found, "There is no such lead", "lead_id");
  if (!contact_ok)
    return fail(Errc::not_found, "There is no such contact", "contact_id");
  if (!deal_ok)
    return fail(Errc::not_found, "There is no such deal", "deal_id");
  return {};
}

Result<void> check_conversation(const SummaryRequest& asked, const ConversationFacts& facts) {
  if (auto owned = check_owned(!asked.lead_id || facts.lead_found,
                               !asked.contact_id || facts.contact_found || facts.contact_is_lead,
                               !asked.deal_id || facts.deal_found);
      !owned)
    return owned.error();
  const bool another_lead = facts.contact_found ? facts.contact_lead_id && facts.contact_lead_id != asked.lead_id
                                                : asked.contact_id != asked.lead_id;
  if (asked.lead_id && asked.contact_id && another_lead)
    return fail(Errc::invalid_argument, "contact_id belongs to another lead than lead_id", "contact_id");
  return {};
}

std::string write_content(const Draft& draft) {
  std::string content = draft.summary.summary_text;
  if (!draft.next_step.action.empty())
    content += "\n\n→ " + draft.next_step.action + ": " + draft.next_step.description;
  return content;
}

/// {"ai_model":…} with the model's name escaped: it comes from the settings.
std::string write_metadata(const Draft& draft, std::size_t messages, TimePoint now) {
  std::string model;
  for (const char c : draft.model_used) {
    if (c == '"' || c == '\\')
      model += '\\';
    if (static_cast<unsigned char>(c) >= 0x20)
      model += c;
  }
  return R"({"ai_model":")" + model + R"(","messages_analyzed":)" + std::to_string(messages) + R"(,"generated_at":")" +
         format_rfc3339(now) + R"("})";
}

}  // namespace

Task<Result<Page<NoteRow>>> Notes::list_notes(RequestContext& request, NoteFilter filter, std::string cursor,
                                              std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, page_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("notes.list_notes", request.identity.user_id, filter.lead_id, filter.contact_id, filter.deal_id,
                    filter.note_type);
  const auto after = decode_cursor(cursor, scope, before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_notes(request, filter, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const NoteRow& last) {
    return TimePosition{last.created_at, last.id};
  });
}

Task<Result<OneRow<NoteRow>>> Notes::get_note(RequestContext& request, Uuid note_id) {
  auto found = co_await store_.get_note(request, note_id);
  if (found && !*found)
    co_return fail(Errc::not_found, "There is no such note", "note_id");
  co_return found;
}

Task<Result<OneRow<NoteRow>>> Notes::create_note(RequestContext& request, NewNote note) {
  if (note.content.empty())
    co_return fail(Errc::invalid_argument, "content must not be empty", "content");
  auto written = co_await store_.create_note(request, Uuid::v7(), std::move(note));
  if (!written)
    co_return written.error();
  if (auto owned = check_owned(written->lead_ok, written->contact_ok, written->deal_ok); !owned)
    co_return owned.error();
  co_return std::move(written->note);
}

Task<Result<OneRow<NoteRow>>> Notes::update_note(RequestContext& request, Uuid note_id, NoteChange change,
                                                 std::optional<std::int64_t> row_version) {
  if (change.content && change.content->empty())
    co_return fail(Errc::invalid_argument, "content must not be empty", "content");
  if (!change.content && !change.note_type && !change.lead_id.present && !change.contact_id.present &&
      !change.deal_id.present && !change.metadata.present)
    co_return fail(Errc::invalid_argument, "Nothing to change: name at least one member", "body");
  auto written = co_await store_.update_note(request, note_id, std::move(change), row_version);
  if (!written)
    co_return written.error();
  if (written->note)
    co_return std::move(written->note);
  if (auto owned = check_owned(written->lead_ok, written->contact_ok, written->deal_ok); !owned)
    co_return owned.error();
  co_return co_await explain_no_row(request, note_id, row_version.has_value());
}

Task<Result<void>> Notes::delete_note(RequestContext& request, Uuid note_id, std::optional<std::int64_t> row_version) {
  const auto deleted = co_await store_.delete_note(request, note_id, row_version);
  if (!deleted)
    co_return deleted.error();
  if (!*deleted)
    co_return co_await explain_no_row(request, note_id, row_version.has_value());
  co_return Result<void>();
}

Task<Error> Notes::explain_no_row(RequestContext& request, Uuid note_id, bool conditional) {
  std::optional<std::int64_t> version;
  if (conditional) {
    const auto found = co_await store_.get_note(request, note_id);
    if (!found)
      co_return found.error();
    if (*found)
      version = (*found)->row_version;
  }
  co_return changed_since("note", "note_id", version);
}

Task<Result<SummaryOutcome>> Notes::summarize(RequestContext& request, SummaryRequest asked) {
  if (!asked.lead_id && !asked.contact_id)
    co_return fail(Errc::invalid_argument, "lead_id or contact_id is required", "lead_id");
  if (asked.message_limit < message_limit_min || asked.message_limit > message_limit_max)
    co_return fail(Errc::invalid_argument, "message_limit must be from 5 to 100", "message_limit");
  if (asked.create_task && request.identity.org_id.is_nil())
    co_return fail(Errc::invalid_argument, "create_task needs a token with an organisation", "create_task");
  auto facts = co_await store_.read_conversation(request, asked);
  if (!facts)
    co_return facts.error();
  if (auto checked = check_conversation(asked, *facts); !checked)
    co_return checked.error();
  SummaryOutcome outcome;
  outcome.messages_analyzed = facts->conversation.messages.size();
  outcome.draft.model_used = "none";
  if (facts->conversation.messages.empty())
    co_return outcome;
  facts->conversation.now = clock_();
  outcome.draft = co_await summarizer_.summarize(std::move(facts->conversation), request.deadline - time_to_store);
  outcome.note_content = write_content(outcome.draft);

  const TimePoint now = clock_();
  NewSummary summary;
  summary.note_id = Uuid::v7();
  summary.lead_id = asked.lead_id;
  summary.contact_id = asked.contact_id;
  summary.deal_id = asked.deal_id;
  summary.content = outcome.note_content;
  summary.metadata.text = write_metadata(outcome.draft, outcome.messages_analyzed, now);
  if (asked.create_task)
    summary.task_id = Uuid::v7();
  summary.step = outcome.draft.next_step;
  summary.due_at = now + std::chrono::days(outcome.draft.next_step.suggested_due_days);
  if (facts->contact_found)
    summary.task_contact_id = asked.contact_id;
  outcome.note_id = summary.note_id;
  outcome.task_id = summary.task_id;
  const auto stored = co_await store_.create_summary(request, std::move(summary));
  if (!stored)
    co_return stored.error();
  co_return outcome;
}

}  // namespace salesflow::notes
