#include "features/notes/routes.hpp"

#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::notes {
namespace {

using Content = Text<1, 100'000>;

struct ListQuery {
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<NoteType> note_type;
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = 50;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (lead_id, contact_id, deal_id, note_type, limit, cursor))

struct CreateBody {
  Content content;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<NoteType> note_type;
  std::optional<RawJson> metadata;
};
BOOST_DESCRIBE_STRUCT(CreateBody, (), (content, lead_id, contact_id, deal_id, note_type, metadata))

struct ChangeBody {
  Patch<Content> content;
  Patch<NoteType> note_type;
  Patch<Uuid> lead_id;
  Patch<Uuid> contact_id;
  Patch<Uuid> deal_id;
  Patch<RawJson> metadata;
};
BOOST_DESCRIBE_STRUCT(ChangeBody, (), (content, note_type, lead_id, contact_id, deal_id, metadata))

struct SummarizeBody {
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<Ranged<std::int64_t, message_limit_min, message_limit_max>> message_limit;
  std::optional<bool> create_task;
  std::optional<bool> update_deal_status;  // has never done anything
};
BOOST_DESCRIBE_STRUCT(SummarizeBody, (), (lead_id, contact_id, deal_id, message_limit, create_task, update_deal_status))

struct ListAnswer {
  bool success = true;
  RowSet<NoteRow> notes;
  std::size_t count = 0;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (success, notes, count, has_more, next_cursor))

struct SummaryAnswer {
  bool success = true;
  std::string summary;       // text: pages render it as it is
  std::string summary_text;  // the same, by the name that it has in the details
  Summary summary_details;
  std::optional<Uuid> note_id;
  std::string note_content;
  std::optional<Uuid> task_id;
  std::optional<NextStep> suggested_next_step;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::size_t messages_analyzed = 0;
  std::int64_t processing_time_ms = 0;
  std::string model_used;
};
BOOST_DESCRIBE_STRUCT(SummaryAnswer, (),
                      (success, summary, summary_text, summary_details, note_id, note_content, task_id,
                       suggested_next_step, lead_id, contact_id, deal_id, messages_analyzed, processing_time_ms,
                       model_used))

http::Response note_response(const OneRow<NoteRow>& note, int status = 200) {
  const NoteRow& row = *note;
  auto response = http::json_response(json::to_json(row, 500 + row.content.size()), status);
  response.etag = http::version_etag(row.row_version);
  return response;
}

/// Metadata is an object; anything else would surprise its readers.
Result<void> check_metadata(const std::optional<RawJson>& metadata) {
  if (metadata && !metadata->text.starts_with('{'))
    return fail(Errc::invalid_argument, "metadata must be an object", "metadata");
  return {};
}

/// What cannot be cleared: content and type.
Result<NoteChange> to_change(ChangeBody body) {
  if (body.content.present && !body.content.value)
    return fail(Errc::invalid_argument, "content must not be null", "content");
  if (body.note_type.present && !body.note_type.value)
    return fail(Errc::invalid_argument, "note_type must not be null", "note_type");
  if (auto checked = check_metadata(body.metadata.value); !checked)
    return checked.error();
  NoteChange change;
  if (body.content.value)
    change.content = std::move(body.content.value->value);
  change.note_type = body.note_type.value;
  change.lead_id = body.lead_id;
  change.contact_id = body.contact_id;
  change.deal_id = body.deal_id;
  change.metadata = std::move(body.metadata);
  return change;
}

class Handlers {
 public:
  explicit Handlers(Notes& notes) : notes_(notes) {}

  Task<Result<http::Response>> list_notes(http::Request& request) {
    auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    const NoteFilter filter{query->lead_id, query->contact_id, query->deal_id, query->note_type};
    auto page = co_await notes_.list_notes(*request.context, filter, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    ListAnswer answer{true, std::move(page->items), 0, page->next_cursor.has_value(), page->next_cursor};
    answer.count = answer.notes.size();
    auto response = http::json_response(json::to_json(answer, 128 + 600 * answer.count));
    if (answer.next_cursor)
      response.headers.emplace_back("Link", http::link_to_next(request, *answer.next_cursor));
    co_return response;
  }

  Task<Result<http::Response>> get_note(http::Request& request) {
    const auto id = request.path_uuid(0, "note_id");
    if (!id)
      co_return id.error();
    auto note = co_await notes_.get_note(*request.context, *id);
    if (!note)
      co_return note.error();
    co_return note_response(*note);
  }

  Task<Result<http::Response>> create_note(http::Request& request) {
    auto body = http::read_body<CreateBody>(request);
    if (!body)
      co_return body.error();
    if (auto checked = check_metadata(body->metadata); !checked)
      co_return checked.error();
    NewNote note{std::move(body->content.value),
                 body->lead_id,
                 body->contact_id,
                 body->deal_id,
                 body->note_type.value_or(NoteType::manual),
                 std::move(body->metadata)};
    auto created = co_await notes_.create_note(*request.context, std::move(note));
    if (!created)
      co_return created.error();
    co_return note_response(*created, 201);
  }

  Task<Result<http::Response>> update_note(http::Request& request) {
    const auto target = http::read_target(request, "note_id");
    if (!target)
      co_return target.error();
    auto body = http::read_body<ChangeBody>(request);
    if (!body)
      co_return body.error();
    auto change = to_change(std::move(*body));
    if (!change)
      co_return change.error();
    auto changed = co_await notes_.update_note(*request.context, target->id, std::move(*change), target->version);
    if (!changed)
      co_return changed.error();
    co_return note_response(*changed);
  }

  Task<Result<http::Response>> delete_note(http::Request& request) {
    const auto target = http::read_target(request, "note_id");
    if (!target)
      co_return target.error();
    const auto deleted = co_await notes_.delete_note(*request.context, target->id, target->version);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  Task<Result<http::Response>> summarize(http::Request& request) {
    const auto body = http::read_body<SummarizeBody>(request);
    if (!body)
      co_return body.error();
    const auto began = std::chrono::steady_clock::now();
    const SummaryRequest asked{body->lead_id, body->contact_id, body->deal_id,
                               body->message_limit ? body->message_limit->value : 20, body->create_task.value_or(true)};
    auto outcome = co_await notes_.summarize(*request.context, asked);
    if (!outcome)
      co_return outcome.error();
    SummaryAnswer answer;
    answer.success = outcome->messages_analyzed > 0;
    answer.summary_details = std::move(outcome->draft.summary);
    answer.summary = answer.summary_details.summary_text;
    answer.summary_text = answer.summary;
    answer.note_id = outcome->note_id;
    answer.note_content = std::move(outcome->note_content);
    answer.task_id = outcome->task_id;
    if (answer.success)
      answer.suggested_next_step = std::move(outcome->draft.next_step);
    answer.lead_id = asked.lead_id;
    answer.contact_id = asked.contact_id;
    answer.deal_id = asked.deal_id;
    answer.messages_analyzed = outcome->messages_analyzed;
    const auto took = std::chrono::steady_clock::now() - began;
    answer.processing_time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    answer.model_used = std::move(outcome->draft.model_used);
    co_return http::json_response(json::to_json(answer, 1000 + 2 * answer.note_content.size()));
  }

 private:
  Notes& notes_;
};

}  // namespace

std::vector<http::Route> routes(Notes& notes, std::chrono::milliseconds summary_deadline) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(notes), "notes");

  auto& list =
      table.add(Method::get, "/api/crm/notes", "list_notes",
                "The caller's notes, newest first, of a lead, a contact, a deal or all.", &Handlers::list_notes);
  http::takes_query<ListQuery>(list);
  http::answers<ListAnswer>(list);

  auto& get = table.add(Method::get, "/api/crm/notes/{note_id}", "get_note", "One note.", &Handlers::get_note);
  http::answers<NoteRow>(get);
  get.error_statuses = {404};

  auto& create = table.add(Method::post, "/api/crm/notes", "create_note", "Stores a note.", &Handlers::create_note);
  http::takes_body<CreateBody>(create);
  create.idempotency = Idempotency::optional;
  http::answers<NoteRow>(create, 201);
  create.error_statuses = {404, 409, 413, 415};

  auto& update = table.add(Method::patch, "/api/crm/notes/{note_id}", "update_note",
                           "Changes a note; null clears, If-Match makes it conditional.", &Handlers::update_note);
  http::takes_body<ChangeBody>(update);
  http::answers<NoteRow>(update);
  update.error_statuses = {404, 412, 413, 415};

  auto& remove = table.add(Method::del, "/api/crm/notes/{note_id}", "delete_note",
                           "Deletes a note; If-Match makes it conditional.", &Handlers::delete_note);
  remove.success_status = 204;
  remove.error_statuses = {404, 412};

  // No Idempotency-Key: it would keep a transaction open while a language model thinks.
  auto& summarize =
      table.add(Method::post, "/api/crm/zero-input/summarize", "summarize_conversation",
                "Sums up a lead's or a contact's newest messages as a note, with a task.", &Handlers::summarize);
  http::takes_body<SummarizeBody>(summarize);
  summarize.deadline = summary_deadline;
  http::answers<SummaryAnswer>(summarize);
  summarize.error_statuses = {404, 413, 415};
  return std::move(table).take();
}

}  // namespace salesflow::notes
