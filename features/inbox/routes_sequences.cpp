#include "features/inbox/routes.hpp"
#include "features/inbox/routes_wire.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"

namespace salesflow::inbox {
namespace {

using Answer = Result<http::Response>;

class Handlers {
 public:
  explicit Handlers(Inbox& inbox) : inbox_(inbox) {}

  Task<Answer> approve_draft(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    const auto message = request.path_uuid(1, "message_id");
    if (!message)
      co_return message.error();
    ApproveDraftBody body;
    if (!request.body.empty()) {
      auto read = http::read_body<ApproveDraftBody>(request);
      if (!read)
        co_return read.error();
      body = std::move(*read);
    }
    auto sent = co_await inbox_.approve_draft(*request.context, *id, *message, plain(body.content));
    if (!sent)
      co_return sent.error();
    co_return message_response(*sent);
  }

  Task<Answer> discard_draft(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    const auto message = request.path_uuid(1, "message_id");
    if (!message)
      co_return message.error();
    const auto gone = co_await inbox_.discard_draft(*request.context, *id, *message);
    if (!gone)
      co_return gone.error();
    co_return http::no_content();
  }

  Task<Answer> start_sequence(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    StartSequenceBody body;
    if (!request.body.empty()) {
      auto read = http::read_body<StartSequenceBody>(request);
      if (!read)
        co_return read.error();
      body = *read;
    }
    if (auto same = check_same(body.conversation_id, *id); !same)
      co_return same.error();
    const auto started = co_await inbox_.start_sequence(*request.context, *id, body.template_id);
    if (!started)
      co_return started.error();
    co_return http::json_response(
        json::to_json(StartSequenceAnswer{true, *id, true, started->current_phase, started->next_action_at}));
  }

  Task<Answer> process_sequences(http::Request& request) {
    const auto query = http::read_query<ProcessQuery>(request);
    if (!query)
      co_return query.error();
    auto advanced = co_await inbox_.process_sequences(*request.context, query->limit);
    if (!advanced)
      co_return advanced.error();
    ProcessSequencesAnswer answer;
    for (const AdvancedRow& row : *advanced) {
      ++(row.action == "failed"        ? answer.summary.errors
         : row.action == "pause_ended" ? answer.summary.skipped
                                       : answer.summary.processed);
    }
    answer.summary.details = std::move(*advanced);
    co_return http::json_response(json::to_json(answer));
  }

  Task<Answer> generate_draft(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    GenerateDraftBody body;
    if (!request.body.empty()) {
      auto read = http::read_body<GenerateDraftBody>(request);
      if (!read)
        co_return read.error();
      body = std::move(*read);
    }
    if (auto same = check_same(body.conversation_id, *id); !same)
      co_return same.error();
    DraftOptions options;
    options.context = plain(body.context).value_or("");
    options.tone = body.tone.value_or(Tone::friendly);
    if (body.max_length)
      options.length_max = static_cast<std::size_t>(body.max_length->value);
    auto draft = co_await inbox_.generate_draft(*request.context, *id, std::move(options));
    if (!draft)
      co_return draft.error();
    DraftAnswer answer{true, std::move(draft->text), draft->detected_intent, std::move(draft->suggested_next_action),
                       draft->confidence};
    co_return http::json_response(json::to_json(answer));
  }

 private:
  Inbox& inbox_;
};

}  // namespace

std::vector<http::Route> sequence_routes(Inbox& inbox) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(inbox), "inbox");
  auto optional_body = BodyPolicy::json();
  optional_body.required = false;

  auto& approve =
      table.add(Method::post, "/api/idps/conversations/{conversation_id}/messages/{message_id}/approve",
                "approve_draft", "Makes a message of a draft; its sequence goes on.", &Handlers::approve_draft);
  http::takes_body<ApproveDraftBody>(approve, optional_body);
  http::answers<MessageAnswer>(approve);
  approve.idempotency = Idempotency::optional;
  approve.error_statuses = {404, 409, 413, 415};

  auto& discard =
      table.add(Method::del, "/api/idps/conversations/{conversation_id}/messages/{message_id}", "discard_draft",
                "Deletes a draft; messages that were sent stay.", &Handlers::discard_draft);
  discard.success_status = 204;
  discard.error_statuses = {404};

  auto& start = table.add(Method::post, "/api/idps/conversations/{conversation_id}/start-sequence", "start_sequence",
                          "Starts a sequence; its delays count from now.", &Handlers::start_sequence);
  http::takes_body<StartSequenceBody>(start, optional_body);
  http::answers<StartSequenceAnswer>(start);
  start.idempotency = Idempotency::optional;
  start.error_statuses = {404, 409, 413, 415};

  auto& process = table.add(Method::post, "/api/idps/process-sequences", "process_sequences",
                            "Moves the caller's due sequences and pauses on.", &Handlers::process_sequences);
  http::takes_query<ProcessQuery>(process);
  http::answers<ProcessSequencesAnswer>(process);
  process.idempotency = Idempotency::optional;
  process.deadline = std::chrono::seconds(10);
  process.error_statuses = {409};

  auto& draft = table.add(Method::post, "/api/idps/conversations/{conversation_id}/generate-draft", "generate_draft",
                          "A proposal for the next message, by rule; nothing is stored.", &Handlers::generate_draft);
  http::takes_body<GenerateDraftBody>(draft, optional_body);
  http::answers<DraftAnswer>(draft);
  draft.error_statuses = {404, 413, 415};
  return std::move(table).take();
}

}  // namespace salesflow::inbox
