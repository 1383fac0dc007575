#include "features/agenda/routes.hpp"

#include <algorithm>

#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::agenda {
namespace {

using Limit = Ranged<std::int64_t, 1, page_rows_max>;

struct FollowupQuery {
  Limit limit = 50;
  std::string cursor;
  std::string tz = "UTC";  // an IANA name: whose today it is
};
BOOST_DESCRIBE_STRUCT(FollowupQuery, (), (limit, cursor, tz))

struct SuggestionQuery {
  SuggestionStatus status = SuggestionStatus::open;
  Limit limit = 50;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(SuggestionQuery, (), (status, limit, cursor))

struct ActivityQuery {
  std::optional<Uuid> contact_id;
  Limit limit = 50;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(ActivityQuery, (), (contact_id, limit, cursor))

/// What a card shows of a lead.
struct LeadView {
  Uuid id;
  std::string_view name;
  OptionalView status, temperature;
  std::optional<std::int16_t> temperature_score;
  std::optional<std::int32_t> score;
  OptionalView platform, email, phone, whatsapp, instagram, company, next_follow_up;
};
BOOST_DESCRIBE_STRUCT(LeadView, (),
                      (id, name, status, temperature, temperature_score, score, platform, email, phone, whatsapp,
                       instagram, company, next_follow_up))

/// A suggestion by the names of its table, and by those that screens use: `message` is `suggested_message`.
struct FollowupView {
  Uuid id;
  std::string item_id;  // for /api/inbox-unified/{item_id}/send and skip
  Uuid user_id, lead_id;
  std::string_view lead_name;
  TimePoint due_at;
  bool is_overdue = false;
  std::string_view status, priority;
  OptionalView title;
  std::string_view suggested_message, message;
  OptionalView reason;
  std::string_view channel;
  OptionalView flow;
  std::optional<std::int32_t> stage;
  OptionalView template_key, task_type, source;
  std::optional<TimePoint> snoozed_until, created_at;
  LeadView lead;
};
BOOST_DESCRIBE_STRUCT(FollowupView, (),
                      (id, item_id, user_id, lead_id, lead_name, due_at, is_overdue, status, priority, title,
                       suggested_message, message, reason, channel, flow, stage, template_key, task_type, source,
                       snoozed_until, created_at, lead))

struct FollowupsAnswer {
  std::vector<FollowupView> followups;
  std::int64_t count = 0, total = 0;  // of all pages, both; at most count_limit
  std::int64_t overdue_count = 0;
  bool total_is_capped = false;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(FollowupsAnswer, (),
                      (followups, count, total, overdue_count, total_is_capped, has_more, next_cursor))

struct SuggestionView {
  Uuid id;
  std::string item_id;
  Uuid lead_id;
  std::optional<TimePoint> due_at;
  OptionalView status, priority, title, suggested_message, message, reason, channel, flow;
  std::optional<std::int32_t> stage;
  OptionalView template_key, task_type, source;
  std::optional<TimePoint> snoozed_until, sent_at, created_at;
};
BOOST_DESCRIBE_STRUCT(SuggestionView, (),
                      (id, item_id, lead_id, due_at, status, priority, title, suggested_message, message, reason,
                       channel, flow, stage, template_key, task_type, source, snoozed_until, sent_at, created_at))

struct SuggestionsAnswer {
  Uuid lead_id;
  std::string_view lead_name;
  std::vector<SuggestionView> suggestions;
  std::size_t count = 0;  // of this page
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(SuggestionsAnswer, (), (lead_id, lead_name, suggestions, count, has_more, next_cursor))

struct ActivitiesAnswer {
  RowSet<ActivityRow> activities;
  std::size_t count = 0;  // of this page
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ActivitiesAnswer, (), (activities, count, has_more, next_cursor))

FollowupView to_view(const FollowupRow& row) {
  FollowupView view;
  view.id = row.id;
  view.item_id = "followup_" + row.id.to_string();
  view.user_id = row.user_id;
  view.lead_id = row.lead_id;
  view.lead_name = row.lead_name;
  view.due_at = row.due_at;
  view.is_overdue = row.is_overdue;
  view.status = row.status;
  view.priority = row.priority;
  view.title = row.title;
  view.suggested_message = view.message = row.suggested_message;
  view.reason = row.reason;
  view.channel = row.channel;
  view.flow = row.flow;
  view.stage = row.stage;
  view.template_key = row.template_key;
  view.task_type = row.task_type;
  view.source = row.source;
  view.snoozed_until = row.snoozed_until;
  view.created_at = row.created_at;
  view.lead = {row.lead_id,   row.lead_name, row.lead_status,   row.temperature, row.temperature_score,
               row.score,     row.platform,  row.email,         row.phone,       row.whatsapp,
               row.instagram, row.company,   row.next_follow_up};
  return view;
}

SuggestionView to_view(const SuggestionRow& row, Uuid lead_id) {
  SuggestionView view;
  view.id = *row.id;
  view.item_id = "followup_" + row.id->to_string();
  view.lead_id = lead_id;
  view.due_at = row.due_at;
  view.status = row.status;
  view.priority = row.priority;
  view.title = row.title;
  view.suggested_message = view.message = row.suggested_message;
  view.reason = row.reason;
  view.channel = row.channel;
  view.flow = row.flow;
  view.stage = row.stage;
  view.template_key = row.template_key;
  view.task_type = row.task_type;
  view.source = row.source;
  view.snoozed_until = row.snoozed_until;
  view.sent_at = row.sent_at;
  view.created_at = row.created_at;
  return view;
}

template <class Answer>
http::Response page_response(const http::Request& request, Answer& answer, std::optional<std::string> next_cursor,
                             std::size_t rows) {
  answer.has_more = next_cursor.has_value();
  answer.next_cursor = std::move(next_cursor);
  auto response = http::json_response(json::to_json(answer, 256 + 1'200 * rows));
  if (answer.next_cursor)
    response.headers.emplace_back("Link", http::link_to_next(request, *answer.next_cursor));
  return response;
}

class Handlers {
 public:
  explicit Handlers(Agenda& agenda) : agenda_(agenda) {}

  Task<Result<http::Response>> list_today(http::Request& request) { return list_followups(request, Due::today); }
  Task<Result<http::Response>> list_pending(http::Request& request) { return list_followups(request, Due::any); }

  Task<Result<http::Response>> list_suggestions(http::Request& request) {
    const auto lead_id = request.path_uuid(0, "lead_id");
    if (!lead_id)
      co_return lead_id.error();
    auto query = http::read_query<SuggestionQuery>(request);
    if (!query)
      co_return query.error();
    auto page = co_await agenda_.list_suggestions(*request.context, *lead_id, query->status, std::move(query->cursor),
                                                  query->limit);
    if (!page)
      co_return page.error();
    SuggestionsAnswer answer;
    answer.lead_id = *lead_id;
    answer.lead_name = page->items.rows.front().lead_name;
    for (const SuggestionRow& row : page->items) {
      if (row.id)
        answer.suggestions.push_back(to_view(row, *lead_id));
    }
    answer.count = answer.suggestions.size();
    co_return page_response(request, answer, std::move(page->next_cursor), answer.count);
  }

  Task<Result<http::Response>> list_activities(http::Request& request) {
    auto query = http::read_query<ActivityQuery>(request);
    if (!query)
      co_return query.error();
    auto page =
        co_await agenda_.list_activities(*request.context, query->contact_id, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    ActivitiesAnswer answer;
    answer.activities = std::move(page->items);
    answer.count = answer.activities.size();
    co_return page_response(request, answer, std::move(page->next_cursor), answer.count);
  }

 private:
  Task<Result<http::Response>> list_followups(http::Request& request, Due due) {
    auto query = http::read_query<FollowupQuery>(request);
    if (!query)
      co_return query.error();
    auto page = co_await agenda_.list_followups(*request.context, due, std::move(query->tz), std::move(query->cursor),
                                                query->limit);
    if (!page)
      co_return page.error();
    FollowupsAnswer answer;
    for (const FollowupRow& row : page->items)
      answer.followups.push_back(to_view(row));
    if (!page->items.empty()) {
      const FollowupRow& first = page->items.rows.front();
      const auto total = http::capped_total(first.due_total);
      answer.count = answer.total = total.total;
      answer.total_is_capped = total.is_capped;
      answer.overdue_count = std::min(first.overdue_total, count_limit);
    }
    co_return page_response(request, answer, std::move(page->next_cursor), answer.followups.size());
  }

  Agenda& agenda_;
};

}  // namespace

std::vector<http::Route> routes(Agenda& agenda) {
  using http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(agenda), "agenda");

  auto& today =
      table.add(Method::get, "/api/followups/today", "list_followups_of_today",
                "Follow-ups due until the end of today, overdue ones first, with their leads.", &Handlers::list_today);
  http::takes_query<FollowupQuery>(today);
  http::answers<FollowupsAnswer>(today);

  auto& pending =
      table.add(Method::get, "/api/followups/pending", "list_pending_followups",
                "All follow-ups that wait, the longest due first, with their leads.", &Handlers::list_pending);
  http::takes_query<FollowupQuery>(pending);
  http::answers<FollowupsAnswer>(pending);

  auto& suggestions = table.add(Method::get, "/api/leads/{lead_id}/suggestions", "list_lead_suggestions",
                                "What to say to a lead next, newest first; status=all with what was sent and skipped.",
                                &Handlers::list_suggestions);
  http::takes_query<SuggestionQuery>(suggestions);
  http::answers<SuggestionsAnswer>(suggestions);
  suggestions.error_statuses = {404};

  auto& activities = table.add(Method::get, "/api/activities", "list_recent_activities",
                               "What happened in the organisation, newest first; with contact_id to one contact.",
                               &Handlers::list_activities);
  activities.auth = http::Auth::org_member;
  http::takes_query<ActivityQuery>(activities);
  http::answers<ActivitiesAnswer>(activities);
  return std::move(table).take();
}

}  // namespace salesflow::agenda
