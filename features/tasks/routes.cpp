#include "features/tasks/routes.hpp"

#include "platform/core/patch.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::tasks {
namespace {

using Title = Text<1, 200>;
using Description = Text<0, 20'000>;
using Rule = Text<1, 200>;
using Tag = Text<1, 100>;
constexpr std::size_t tags_max = 50;

struct ListParameters {
  std::vector<Status> status;
  std::vector<Type> type;
  std::vector<Priority> priority;
  std::optional<Uuid> assigned_to;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<TimePoint> due_before;
  std::optional<TimePoint> due_after;
  bool overdue = false;
  SortBy sort_by = SortBy::due_at;
  SortOrder sort_order = SortOrder::asc;
  Ranged<std::int64_t, 1, 1'000'000'000> page = 1;
  Ranged<std::int64_t, 1, page_rows_max> per_page = 25;
  std::string cursor;
  CountMode count = CountMode::capped;
};
BOOST_DESCRIBE_STRUCT(ListParameters, (),
                      (status, type, priority, assigned_to, contact_id, deal_id, due_before, due_after, overdue,
                       sort_by, sort_order, page, per_page, cursor, count))

struct DueParameters {
  std::optional<TimePoint> today_ends_at;
  Ranged<std::int64_t, 1, page_rows_max> limit = 25;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(DueParameters, (), (today_ends_at, limit, cursor))

struct CreateBody {
  std::optional<Type> type;
  Title title;
  std::optional<Description> description;
  std::optional<Priority> priority;
  TimePoint due_at;
  std::optional<Status> status;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  Patch<Uuid> assigned_to;  // absent: the caller; null: nobody
  std::optional<TimePoint> snoozed_until;
  std::optional<bool> is_recurring;
  std::optional<Rule> recurrence_rule;
  std::optional<Uuid> parent_task_id;
  std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(CreateBody, (),
                      (type, title, description, priority, due_at, status, contact_id, deal_id, assigned_to,
                       snoozed_until, is_recurring, recurrence_rule, parent_task_id, tags))

struct PatchBody {
  Patch<Type> type;
  Patch<Title> title;
  Patch<Description> description;
  Patch<Priority> priority;
  Patch<TimePoint> due_at;
  Patch<Status> status;
  Patch<Uuid> contact_id;
  Patch<Uuid> deal_id;
  Patch<Uuid> assigned_to;
  Patch<TimePoint> snoozed_until;
  Patch<bool> is_recurring;
  Patch<Rule> recurrence_rule;
  Patch<Uuid> parent_task_id;
  Patch<std::vector<Tag>> tags;
};
BOOST_DESCRIBE_STRUCT(PatchBody, (),
                      (type, title, description, priority, due_at, status, contact_id, deal_id, assigned_to,
                       snoozed_until, is_recurring, recurrence_rule, parent_task_id, tags))

struct SnoozeBody {
  std::optional<TimePoint> until;
  std::optional<Ranged<std::int64_t, 1, 365>> days;
};
BOOST_DESCRIBE_STRUCT(SnoozeBody, (), (until, days))

struct ListAnswer {
  std::vector<TaskRow> items;
  std::optional<std::int64_t> total;
  bool total_is_capped = false;
  std::optional<std::int64_t> page;  // absent when the page was named by a cursor
  std::int64_t per_page = 0;
  std::optional<std::int64_t> pages;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (items, total, total_is_capped, page, per_page, pages, has_more, next_cursor))

struct DueAnswer {
  std::vector<TaskRow> items;
  std::int64_t due_total = 0;  // overdue and today, both up to 10,000
  std::int64_t overdue_total = 0;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(DueAnswer, (), (items, due_total, overdue_total, has_more, next_cursor))

struct CompleteAnswer {
  bool success = true;
  TaskRow task;
  std::optional<Uuid> next_task_id;
};
BOOST_DESCRIBE_STRUCT(CompleteAnswer, (), (success, task, next_task_id))

template <class T>
std::optional<std::string> plain(std::optional<T> text) {
  return text ? std::optional(std::move(text->value)) : std::nullopt;
}

Result<std::vector<std::string>> plain_tags(std::vector<Tag> tags) {
  if (tags.size() > tags_max)
    return fail(Errc::invalid_argument, "tags must be at most 50", "tags");
  std::vector<std::string> plain;
  for (Tag& tag : tags)
    plain.push_back(std::move(tag.value));
  return plain;
}

/// The version of a task that came back by itself says nothing about its status, so it is no ETag.
void set_etag(http::Response& response, const TaskRow& row) {
  if (!row.is_awake())
    response.etag = http::version_etag(row.row_version);
}

http::Response task_response(const TaskRow& row, int status = 200) {
  auto response = http::json_response(json::to_json(row, 1024), status);
  set_etag(response, row);
  return response;
}

/// A member that every task has cannot be cleared.
template <class T, class U>
Result<void> take(Patch<T>& from, std::optional<U>& to, std::string_view field) {
  if (!from.present)
    return {};
  if (!from.value)
    return fail(Errc::invalid_argument, std::string(field) + " must not be null", field);
  to = std::move(*from.value);
  return {};
}

template <class T>
Patch<std::string> plain_patch(Patch<T>& from) {
  return {from.present, plain(std::move(from.value))};
}

Result<TaskPatch> to_patch(PatchBody body) {
  TaskPatch patch;
  for (auto taken :
       {take(body.type, patch.type, "type"), take(body.title, patch.title, "title"),
        take(body.priority, patch.priority, "priority"), take(body.due_at, patch.due_at, "due_at"),
        take(body.status, patch.status, "status"), take(body.is_recurring, patch.is_recurring, "is_recurring")}) {
    if (!taken)
      return taken.error();
  }
  patch.description = plain_patch(body.description);
  patch.recurrence_rule = plain_patch(body.recurrence_rule);
  patch.contact_id = body.contact_id;
  patch.deal_id = body.deal_id;
  patch.assigned_to = body.assigned_to;
  patch.parent_task_id = body.parent_task_id;
  patch.snoozed_until = body.snoozed_until;
  if (body.tags.present) {
    auto tags = plain_tags(body.tags.value ? std::move(*body.tags.value) : std::vector<Tag>());
    if (!tags)
      return tags.error();
    patch.tags = std::move(*tags);
  }
  if (!changes_anything(body))
    return fail(Errc::invalid_argument, "The change names no field of a task", "body");
  return patch;
}

class Handlers {
 public:
  explicit Handlers(Tasks& tasks) : tasks_(tasks) {}

  Task<Result<http::Response>> list_tasks(http::Request& request) {
    auto query = http::read_query<ListParameters>(request);
    if (!query)
      co_return query.error();
    const bool by_cursor = !query->cursor.empty();
    auto paging = http::read_page_request(std::move(query->cursor), query->page, query->per_page, query->count);
    if (!paging)
      co_return paging.error();
    TaskFilter filter;
    filter.statuses = std::move(query->status);
    filter.types = std::move(query->type);
    filter.priorities = std::move(query->priority);
    filter.assigned_to = query->assigned_to;
    filter.contact_id = query->contact_id;
    filter.deal_id = query->deal_id;
    filter.due_before = query->due_before;
    filter.due_after = query->due_after;
    filter.overdue = query->overdue;
    const bool counts_exactly = query->count == CountMode::exact || filter.is_empty();
    TaskOrder order{query->sort_by, query->sort_order};
    const std::int64_t per_page = query->per_page;
    auto page = co_await tasks_.list_tasks(*request.context, std::move(filter), order, std::move(*paging));
    if (!page)
      co_return page.error();
    if (page->items.empty() && !by_cursor && query->page.value > 1)
      co_return http::page_beyond_end(query->page);
    ListAnswer answer;
    answer.per_page = per_page;
    if (!by_cursor)
      answer.page = query->page;
    if (page->total) {
      const auto capped = http::capped_total(*page->total);
      answer.total = counts_exactly ? *page->total : capped.total;
      answer.total_is_capped = !counts_exactly && capped.is_capped;
      answer.pages = http::page_count(*answer.total, per_page);
    }
    answer.has_more = page->next_cursor.has_value();
    answer.next_cursor = page->next_cursor;
    co_return page_response(request, answer, page->items.rows);
  }

  Task<Result<http::Response>> list_due(http::Request& request) {
    auto query = http::read_query<DueParameters>(request);
    if (!query)
      co_return query.error();
    auto page =
        co_await tasks_.list_due(*request.context, query->today_ends_at, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    DueAnswer answer;
    if (!page->items.empty()) {
      answer.due_total = page->items.rows.front().due_total;
      answer.overdue_total = page->items.rows.front().overdue_total;
    }
    answer.has_more = page->next_cursor.has_value();
    answer.next_cursor = page->next_cursor;
    co_return page_response(request, answer, page->items.rows);
  }

  Task<Result<http::Response>> get_task(http::Request& request) {
    const auto id = request.path_uuid(0, "task_id");
    if (!id)
      co_return id.error();
    const auto task = co_await tasks_.get_task(*request.context, *id);
    if (!task)
      co_return task.error();
    co_return task_response(**task);
  }

  Task<Result<http::Response>> create_task(http::Request& request) {
    auto body = http::read_body<CreateBody>(request);
    if (!body)
      co_return body.error();
    auto tags = plain_tags(std::move(body->tags));
    if (!tags)
      co_return tags.error();
    NewTask task;
    task.type = body->type.value_or(task.type);
    task.title = std::move(body->title.value);
    task.description = plain(std::move(body->description));
    task.priority = body->priority.value_or(task.priority);
    task.due_at = body->due_at;
    task.status = body->status.value_or(task.status);
    task.contact_id = body->contact_id;
    task.deal_id = body->deal_id;
    task.assigned_to =
        body->assigned_to.present ? body->assigned_to.value : std::optional(request.context->identity.user_id);
    task.snoozed_until = body->snoozed_until;
    task.is_recurring = body->is_recurring.value_or(false);
    task.recurrence_rule = plain(std::move(body->recurrence_rule));
    task.parent_task_id = body->parent_task_id;
    task.tags = std::move(*tags);
    const auto created = co_await tasks_.create_task(*request.context, std::move(task));
    if (!created)
      co_return created.error();
    co_return task_response(**created, 201);
  }

  Task<Result<http::Response>> patch_task(http::Request& request) {
    const auto target = http::read_target(request, "task_id");
    if (!target)
      co_return target.error();
    auto body = http::read_body<PatchBody>(request);
    if (!body)
      co_return body.error();
    auto patch = to_patch(std::move(*body));
    if (!patch)
      co_return patch.error();
    const auto changed = co_await tasks_.patch_task(*request.context, target->id, std::move(*patch), target->version);
    if (!changed)
      co_return changed.error();
    co_return task_response(**changed);
  }

  Task<Result<http::Response>> delete_task(http::Request& request) {
    const auto target = http::read_target(request, "task_id");
    if (!target)
      co_return target.error();
    const auto deleted = co_await tasks_.delete_task(*request.context, target->id, target->version);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  Task<Result<http::Response>> complete_task(http::Request& request) {
    const auto target = http::read_target(request, "task_id");
    if (!target)
      co_return target.error();
    const auto ended = co_await tasks_.complete_task(*request.context, target->id, target->version);
    if (!ended)
      co_return ended.error();
    const ChangedTask& row = **ended;
    CompleteAnswer answer{true, row, row.next_task_id};
    auto response = http::json_response(json::to_json(answer, 1024));
    set_etag(response, row);
    co_return response;
  }

  Task<Result<http::Response>> snooze_task(http::Request& request) {
    const auto target = http::read_target(request, "task_id");
    if (!target)
      co_return target.error();
    const auto body = http::read_body<SnoozeBody>(request);
    if (!body)
      co_return body.error();
    if (body->until.has_value() == body->days.has_value())
      co_return fail(Errc::invalid_argument, "until or days is required, and not both", "until");
    const TimePoint until = body->until ? *body->until : tasks_.now() + std::chrono::days(body->days->value);
    const auto snoozed = co_await tasks_.snooze_task(*request.context, target->id, until, target->version);
    if (!snoozed)
      co_return snoozed.error();
    co_return task_response(**snoozed);
  }

 private:
  /// Rows leave as plain tasks: what the statement counted stands once, beside them.
  template <class Answer, class Row>
  static http::Response page_response(const http::Request& request, Answer& answer, std::vector<Row>& rows) {
    answer.items.reserve(rows.size());
    for (Row& row : rows)
      answer.items.push_back(std::move(static_cast<TaskRow&>(row)));
    auto response = http::json_response(json::to_json(answer, 256 + 800 * rows.size()));
    if (answer.next_cursor)
      response.headers.emplace_back("Link", http::link_to_next(request, *answer.next_cursor));
    return response;
  }

  Tasks& tasks_;
};

}  // namespace

std::vector<http::Route> routes(Tasks& tasks) {
  using http::Auth, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(tasks), "tasks");
  const auto add = [&](Method method, std::string_view path, std::string_view operation, std::string_view summary,
                       http::RouteTable<Handlers>::Handler handler) -> http::Route& {
    http::Route& route = table.add(method, path, operation, summary, handler);
    route.auth = Auth::org_member;
    return route;
  };

  auto& list = add(Method::get, "/api/tasks", "list_tasks", "Tasks of the organisation with every filter and order.",
                   &Handlers::list_tasks);
  http::takes_query<ListParameters>(list);
  http::answers<ListAnswer>(list);
  list.error_statuses = {403};

  auto& due = add(Method::get, "/api/tasks/due", "list_due_tasks",
                  "The caller's open tasks that are overdue or due today.", &Handlers::list_due);
  http::takes_query<DueParameters>(due);
  http::answers<DueAnswer>(due);
  due.error_statuses = {403};

  auto& create = add(Method::post, "/api/tasks", "create_task", "Stores a task; assigned to the caller unless it says.",
                     &Handlers::create_task);
  http::takes_body<CreateBody>(create);
  create.idempotency = Idempotency::optional;
  http::answers<TaskRow>(create, 201);
  create.error_statuses = {403, 409, 413, 415};

  auto& get = add(Method::get, "/api/tasks/{task_id}", "get_task", "One task.", &Handlers::get_task);
  http::answers<TaskRow>(get);
  get.error_statuses = {403, 404};

  auto& patch = add(Method::patch, "/api/tasks/{task_id}", "patch_task",
                    "Changes the fields sent; null clears one. If-Match makes it conditional.", &Handlers::patch_task);
  http::takes_body<PatchBody>(patch);
  http::answers<TaskRow>(patch);
  patch.error_statuses = {403, 404, 409, 412, 413, 415};

  auto& remove = add(Method::del, "/api/tasks/{task_id}", "delete_task",
                     "Deletes a task; tasks below it lose their parent.", &Handlers::delete_task);
  remove.success_status = 204;
  remove.error_statuses = {403, 404, 412};

  auto& complete = add(Method::post, "/api/tasks/{task_id}/complete", "complete_task",
                       "Ends a task, once; a recurring one leaves its successor.", &Handlers::complete_task);
  complete.idempotency = Idempotency::optional;
  http::answers<CompleteAnswer>(complete);
  complete.error_statuses = {403, 404, 409, 412};

  auto& snooze =
      add(Method::post, "/api/tasks/{task_id}/snooze", "snooze_task",
          "Lets a task rest until an instant or for some days; it then comes back by itself.", &Handlers::snooze_task);
  http::takes_body<SnoozeBody>(snooze);
  snooze.idempotency = Idempotency::optional;
  http::answers<TaskRow>(snooze);
  snooze.error_statuses = {403, 404, 409, 412, 413, 415};
  return std::move(table).take();
}

}  // namespace salesflow::tasks
