#include "features/approvals/routes.hpp"

#include "platform/core/valid_until.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::approvals {
namespace {

struct PendingQuery {
  Ranged<std::int64_t, 1, page_rows_max> limit = 20;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(PendingQuery, (), (limit, cursor))

struct SendBody {
  std::optional<Text<1, 20'000>> edited_message;
};
BOOST_DESCRIBE_STRUCT(SendBody, (), (edited_message))
struct SkipBody {
  std::optional<Ranged<std::int64_t, 1, 365>> snooze_days;
};
BOOST_DESCRIBE_STRUCT(SkipBody, (), (snooze_days))
struct BulkBody {
  std::vector<Text<1, 100>> item_ids;
};
BOOST_DESCRIBE_STRUCT(BulkBody, (), (item_ids))

struct LeadView {
  Uuid id;
  std::optional<std::string_view> name;
  std::optional<std::string_view> status;
  std::optional<std::string_view> temperature;
  std::optional<std::int16_t> temperature_score;
  std::optional<std::int32_t> score;
  std::optional<std::string_view> platform;
  std::optional<std::string_view> email;
  std::optional<std::string_view> phone;
  std::optional<std::string_view> whatsapp;
  std::optional<std::string_view> instagram;
  std::optional<std::string_view> company;
  std::optional<std::string_view> next_follow_up;
};
BOOST_DESCRIBE_STRUCT(LeadView, (),
                      (id, name, status, temperature, temperature_score, score, platform, email, phone, whatsapp,
                       instagram, company, next_follow_up))

struct DraftView {
  Uuid id;
  Uuid user_id;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> task_id;
  std::optional<std::string_view> channel;
  std::optional<std::string_view> message;
  std::optional<std::string_view> status;
  std::int32_t priority = 0;
  std::optional<TimePoint> approved_at;
  std::optional<std::string_view> ai_model;
  std::optional<RawJsonView> similar_success_ids;
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> updated_at;
  std::int64_t row_version = 0;
  std::optional<LeadView> leads;
};
BOOST_DESCRIBE_STRUCT(DraftView, (),
                      (id, user_id, lead_id, task_id, channel, message, status, priority, approved_at, ai_model,
                       similar_success_ids, created_at, updated_at, row_version, leads))

struct PendingAnswer {
  std::vector<DraftView> messages;
  StatsRow stats;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(PendingAnswer, (), (messages, stats, has_more, next_cursor))

struct GeneratedAnswer {
  std::int64_t generated = 0;
};
BOOST_DESCRIBE_STRUCT(GeneratedAnswer, (), (generated))

struct ApprovedAnswer {
  bool success = true;
  std::optional<std::string> deep_link;
  std::string channel;
  std::optional<std::string> lead_name;
};
BOOST_DESCRIBE_STRUCT(ApprovedAnswer, (), (success, deep_link, channel, lead_name))

struct SkippedAnswer {
  bool success = true;
};
BOOST_DESCRIBE_STRUCT(SkippedAnswer, (), (success))

struct ItemAnswer {
  bool success = true;
  std::string item_id;
  ItemKind type{};
  std::string message;
  std::optional<std::string> deep_link;
};
BOOST_DESCRIBE_STRUCT(ItemAnswer, (), (success, item_id, type, message, deep_link))

struct BulkError {
  std::string item_id;
  std::string error;
};
BOOST_DESCRIBE_STRUCT(BulkError, (), (item_id, error))
struct BulkAnswer {
  std::int64_t sent = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::vector<BulkError> errors;         // of those that failed
  std::vector<BulkError> skipped_items;  // and why the others were held back
};
BOOST_DESCRIBE_STRUCT(BulkAnswer, (), (sent, failed, skipped, errors, skipped_items))

struct StatusInfo {
  std::string_view lead_status;
  std::optional<TimePoint> awaiting_reply_since;
  std::optional<TimePoint> last_outreach_at;
  std::optional<TimePoint> last_inbound_at;
  std::optional<std::int64_t> days_waiting;
  std::int32_t contact_count = 0;
  bool do_not_contact = false;
};
BOOST_DESCRIBE_STRUCT(StatusInfo, (),
                      (lead_status, awaiting_reply_since, last_outreach_at, last_inbound_at, days_waiting,
                       contact_count, do_not_contact))
struct CheckAnswer {
  Uuid lead_id;
  bool can_send = false;
  std::string reason;
  StatusInfo status_info;
  std::string_view contact_status;
};
BOOST_DESCRIBE_STRUCT(CheckAnswer, (), (lead_id, can_send, reason, status_info, contact_status))

DraftView to_view(const QueueRow& row, Uuid user_id) {
  DraftView view;
  view.id = *row.id;
  view.user_id = user_id;
  view.lead_id = row.lead_id;
  view.task_id = row.task_id;
  view.channel = row.channel;
  view.message = row.message;
  view.status = row.status;
  view.priority = row.priority.value_or(50);
  view.approved_at = row.approved_at;
  view.ai_model = row.ai_model;
  if (row.similar_success_ids)
    view.similar_success_ids = RawJsonView{*row.similar_success_ids};
  view.created_at = row.created_at;
  view.updated_at = row.updated_at;
  view.row_version = row.row_version.value_or(0);
  if (row.lead_id && row.lead_name) {
    LeadView lead;
    lead.id = *row.lead_id;
    lead.name = row.lead_name;
    lead.status = row.lead_status;
    lead.temperature = row.temperature;
    lead.temperature_score = row.temperature_score;
    lead.score = row.score;
    lead.platform = row.platform;
    lead.email = row.email;
    lead.phone = row.phone;
    lead.whatsapp = row.whatsapp;
    lead.instagram = row.instagram;
    lead.company = row.company;
    lead.next_follow_up = row.next_follow_up;
    view.leads = lead;
  }
  return view;
}

/// These bodies may be left out: {} is all they say then.
template <class Body>
Result<Body> read_optional_body(const http::Request& request) {
  return request.body.empty() ? Result<Body>(Body{}) : http::read_body<Body>(request);
}

class Handlers {
 public:
  explicit Handlers(Approvals& approvals) : approvals_(approvals) {}

  Task<Result<http::Response>> list_pending(http::Request& request) {
    auto query = http::read_query<PendingQuery>(request);
    if (!query)
      co_return query.error();
    const auto page = co_await approvals_.list_pending(*request.context, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    PendingAnswer answer;
    for (const QueueRow& row : page->items)
      answer.messages.push_back(to_view(row, request.context->identity.user_id));
    answer.stats = page->stats;
    answer.has_more = page->next_cursor.has_value();
    answer.next_cursor = page->next_cursor;
    auto response = http::json_response(json::to_json(answer, 256 + 900 * answer.messages.size()));
    if (answer.next_cursor)
      response.headers.emplace_back("Link", http::link_to_next(request, *answer.next_cursor));
    co_return response;
  }

  Task<Result<http::Response>> get_stats(http::Request& request) {
    const auto stats = co_await approvals_.get_stats(*request.context);
    if (!stats)
      co_return stats.error();
    co_return http::json_response(json::to_json(*stats));
  }

  Task<Result<http::Response>> generate_drafts(http::Request& request) {
    const auto generated = co_await approvals_.generate_drafts(*request.context);
    if (!generated)
      co_return generated.error();
    co_return http::json_response(json::to_json(GeneratedAnswer{*generated}));
  }

  Task<Result<http::Response>> approve(http::Request& request) {
    const auto id = request.path_uuid(0, "id");
    if (!id)
      co_return id.error();
    auto body = read_optional_body<SendBody>(request);
    if (!body)
      co_return body.error();
    const ItemId item{ItemKind::approval, *id};
    auto sent = co_await approvals_.send(*request.context, item, message_of(*body));
    if (!sent)
      co_return sent.error();
    ApprovedAnswer answer{true, std::move(sent->deep_link), std::move(sent->channel), std::move(sent->lead_name)};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> skip(http::Request& request) {
    const auto id = request.path_uuid(0, "id");
    if (!id)
      co_return id.error();
    const ItemId item{ItemKind::approval, *id};
    const auto skipped = co_await approvals_.skip(*request.context, item, std::nullopt);
    if (!skipped)
      co_return skipped.error();
    co_return http::json_response(json::to_json(SkippedAnswer{}));
  }

  Task<Result<http::Response>> send_item(http::Request& request) {
    const auto item = parse_item_id(request.path_parameters[0]);
    if (!item)
      co_return item.error();
    auto body = read_optional_body<SendBody>(request);
    if (!body)
      co_return body.error();
    auto sent = co_await approvals_.send(*request.context, *item, message_of(*body));
    if (!sent)
      co_return sent.error();
    ItemAnswer answer{true, request.path_parameters[0], item->kind, "Sent", std::move(sent->deep_link)};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> skip_item(http::Request& request) {
    const auto item = parse_item_id(request.path_parameters[0]);
    if (!item)
      co_return item.error();
    const auto body = read_optional_body<SkipBody>(request);
    if (!body)
      co_return body.error();
    const auto days = body->snooze_days ? std::optional(body->snooze_days->value) : std::nullopt;
    const auto skipped = co_await approvals_.skip(*request.context, *item, days);
    if (!skipped)
      co_return skipped.error();
    ItemAnswer answer{true, request.path_parameters[0], item->kind, days ? "Snoozed" : "Skipped", std::nullopt};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> bulk_send(http::Request& request) {
    auto body = http::read_body<BulkBody>(request);
    if (!body)
      co_return body.error();
    if (body->item_ids.empty() || body->item_ids.size() > bulk_items_max)
      co_return fail(Errc::invalid_argument, "item_ids must have 1 to 100 items", "item_ids");
    std::vector<std::string> ids;
    for (auto& id : body->item_ids)
      ids.push_back(std::move(id.value));
    auto all = co_await approvals_.send_all(*request.context, std::move(ids));
    if (!all)
      co_return all.error();
    BulkAnswer answer;
    for (BulkItem& item : *all) {
      using Outcome = BulkItem::Outcome;
      ++(item.outcome == Outcome::sent     ? answer.sent
         : item.outcome == Outcome::failed ? answer.failed
                                           : answer.skipped);
      if (item.outcome != Outcome::sent) {
        auto& list = item.outcome == Outcome::failed ? answer.errors : answer.skipped_items;
        list.push_back({std::move(item.item_id), std::move(item.reason)});
      }
    }
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> check_auto_send(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    const auto lead = co_await approvals_.get_lead(*request.context, *id);
    if (!lead)
      co_return lead.error();
    const ItemState& state = **lead;
    const TimePoint now = approvals_.now();
    ends_at(*request.context, now);  // a wait counts up all along
    const auto verdict = may_send_unasked(state.contact(), now);
    CheckAnswer answer;
    answer.lead_id = *id;
    answer.can_send = verdict.can_send;
    answer.reason = verdict.reason;
    answer.contact_status = verdict.contact_status;
    answer.status_info = {state.lead_status.value_or(""),
                          state.awaiting_reply_since,
                          state.last_outreach_at,
                          state.last_inbound_at,
                          verdict.days_waiting,
                          state.contact_count.value_or(0),
                          state.do_not_contact.value_or(false)};
    co_return http::json_response(json::to_json(answer));
  }

 private:
  static std::optional<std::string> message_of(SendBody& body) {
    return body.edited_message ? std::optional(std::move(body.edited_message->value)) : std::nullopt;
  }

  Approvals& approvals_;
};

}  // namespace

std::vector<http::Route> routes(Approvals& approvals) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(approvals), "approvals");
  const auto acts = [](http::Route& route) {
    route.idempotency = Idempotency::optional;
    route.body.required = false;
    route.error_statuses = {404, 409, 413, 415};
  };

  auto& pending =
      table.add(Method::get, "/api/inbox/pending", "list_pending_drafts",
                "Drafts that wait for approval, the most urgent first, with their leads.", &Handlers::list_pending);
  http::takes_query<PendingQuery>(pending);
  http::answers<PendingAnswer>(pending);
  auto& stats = table.add(Method::get, "/api/inbox/stats", "get_draft_stats",
                          "How many drafts wait and how many were approved today.", &Handlers::get_stats);
  http::answers<StatsRow>(stats);
  auto& generate = table.add(Method::post, "/api/inbox/generate-drafts", "generate_drafts",
                             "Drafts a message for each lead whose follow-up is due, at most fifty a call.",
                             &Handlers::generate_drafts);
  http::answers<GeneratedAnswer>(generate);
  generate.idempotency = Idempotency::optional;
  generate.error_statuses = {409};
  auto& approve = table.add(Method::post, "/api/inbox/{id}/approve", "approve_draft",
                            "Approves a draft, once, and answers the link that opens its channel.", &Handlers::approve);
  http::takes_body<SendBody>(approve);
  http::answers<ApprovedAnswer>(approve);
  acts(approve);
  auto& skip = table.add(Method::post, "/api/inbox/{id}/skip", "skip_draft", "Skips a draft.", &Handlers::skip);
  http::takes_body<SkipBody>(skip);
  http::answers<SkippedAnswer>(skip);
  acts(skip);

  auto& bulk =
      table.add(Method::post, "/api/inbox-unified/bulk-send", "bulk_send_items",
                "Sends items one by one, but for those that automatic sending must leave alone.", &Handlers::bulk_send);
  http::takes_body<BulkBody>(bulk);
  http::answers<BulkAnswer>(bulk);
  bulk.idempotency = Idempotency::optional;
  bulk.deadline = std::chrono::seconds(15);
  bulk.error_statuses = {409, 413, 415};
  auto& check = table.add(Method::get, "/api/inbox-unified/check-auto-send/{lead_id}", "check_auto_send",
                          "Whether a lead may be written to without a person looking.", &Handlers::check_auto_send);
  http::answers<CheckAnswer>(check);
  check.error_statuses = {404};
  auto& send = table.add(Method::post, "/api/inbox-unified/{item_id}/send", "send_item",
                         "Sends a follow-up, a draft or a new lead's first message, once.", &Handlers::send_item);
  http::takes_body<SendBody>(send);
  http::answers<ItemAnswer>(send);
  acts(send);
  auto& leave = table.add(Method::post, "/api/inbox-unified/{item_id}/skip", "skip_item",
                          "Skips an item, or lets it rest for some days.", &Handlers::skip_item);
  http::takes_body<SkipBody>(leave);
  http::answers<ItemAnswer>(leave);
  acts(leave);
  return std::move(table).take();
}

}  // namespace salesflow::approvals
