#include <algorithm>

#include "features/inbox/badges_proof.hpp"
#include "features/inbox/routes.hpp"
#include "features/inbox/routes_wire.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::inbox {
namespace {

using Answer = Result<http::Response>;

CappedCount capped(std::int64_t counted) {
  return {std::min(counted, badge_rows_max), counted > badge_rows_max};
}

BadgesAnswer to_answer(const BadgesRow& row) {
  BadgesAnswer answer;
  answer.as_of = row.as_of;
  answer.conversations = {row.conversations, row.open, row.unread, row.unread_messages};
  auto& attention = answer.needs_attention;
  attention.at_once = row.attention_at_once;
  attention.unanswered = capped(row.unanswered);
  attention.steps_due = capped(row.steps_due);
  attention.count = attention.at_once + attention.unanswered.count + attention.steps_due.count;
  attention.capped = attention.unanswered.capped || attention.steps_due.capped;
  answer.pending = {row.drafts, capped(row.replies)};
  answer.tasks = {capped(row.tasks_due), capped(row.tasks_overdue)};
  answer.by_status = row.by_status;
  answer.by_platform = row.by_platform;
  return answer;
}

class Handlers {
 public:
  Handlers(Inbox& inbox, proof::Prover* prover) : inbox_(inbox), prover_(prover) {}

  Task<Answer> read_badges(http::Request& request) {
    const auto query = http::read_query<BadgesQuery>(request);
    if (!query)
      co_return query.error();
    const auto badges = co_await prove_badges(*request.context, query->today_ends_at);
    if (!badges)
      co_return badges.error();
    co_return http::json_response(json::to_json(to_answer(**badges), 2000));
  }

  Task<Answer> mark_read(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    const auto marked = co_await inbox_.mark_read(*request.context, *id);
    if (!marked)
      co_return marked.error();
    co_return read_response(*marked);
  }

  Task<Answer> mark_unread(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    const auto marked = co_await inbox_.mark_unread(*request.context, *id);
    if (!marked)
      co_return marked.error();
    co_return read_response(*marked);
  }

 private:
  static http::Response read_response(const ReadRow& row) {
    auto response = http::json_response(json::to_json(ReadAnswer{true, row.id, row.unread_count, row.read_at}));
    response.etag = http::version_etag(row.row_version);
    return response;
  }

  Task<Result<OneRow<BadgesRow>>> prove_badges(RequestContext& request, std::optional<TimePoint> today_ends_at) {
    if (!prover_)
      co_return co_await inbox_.read_badges(request, today_ends_at);
    auto claim = badges_claim(inbox_, request.identity, inbox_.badge_limits(today_ends_at));
    co_return co_await prover_->prove(request, proof::Kind::badges, std::move(claim));
  }

  Inbox& inbox_;
  proof::Prover* prover_;
};

}  // namespace

std::vector<http::Route> badge_routes(Inbox& inbox, proof::Prover* prover) {
  using http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(inbox, prover), "inbox");
  auto& badges = table.add(Method::get, "/api/badges", "read_badges",
                           "What is unread, needs attention, waits for approval and is due; of one instant.",
                           &Handlers::read_badges);
  http::takes_query<BadgesQuery>(badges);
  http::answers<BadgesAnswer>(badges);

  auto& read = table.add(Method::post, "/api/idps/conversations/{conversation_id}/read", "mark_conversation_read",
                         "Marks what came in so far as read.", &Handlers::mark_read);
  http::answers<ReadAnswer>(read);
  read.idempotency = Idempotency::optional;
  read.error_statuses = {404, 409};

  auto& unread = table.add(Method::post, "/api/idps/conversations/{conversation_id}/unread", "mark_conversation_unread",
                           "Takes the mark as read away.", &Handlers::mark_unread);
  http::answers<ReadAnswer>(unread);
  unread.idempotency = Idempotency::optional;
  unread.error_statuses = {404, 409};
  return std::move(table).take();
}

}  // namespace salesflow::inbox
