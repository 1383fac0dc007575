#include "features/tasks/tasks.hpp"

#include <algorithm>

#include "features/tasks/recurrence.hpp"
#include "features/tasks/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/keyset.hpp"
#include "platform/core/page_end.hpp"

namespace salesflow::tasks {
namespace {

constexpr int attempts_max = 5;
const Uuid highest_id = cursor_before_newest.id;

/// What a cursor belongs to: list, order, filters, tenant.
std::string scope_of(const RequestContext& request, const TaskFilter& filter, const TaskOrder& order) {
  std::string scope = "tasks.list_tasks|" + request.identity.org_id.to_string();
  const auto add = [&](std::int64_t value) { scope += '|' + std::to_string(value); };
  add(static_cast<int>(order.by));
  add(static_cast<int>(order.order));
  for (const Status status : filter.statuses)
    add(static_cast<int>(status));
  scope += "|types";
  for (const Type type : filter.types)
    add(static_cast<int>(type));
  scope += "|priorities";
  for (const Priority priority : filter.priorities)
    add(static_cast<int>(priority));
  for (const auto& id : {filter.assigned_to, filter.contact_id, filter.deal_id})
    scope += '|' + (id ? id->to_string() : "-");
  for (const auto& at : {filter.due_before, filter.due_after})
    scope += '|' + (at ? key_text(*at) : "-");
  return scope + (filter.overdue ? "|overdue" : "");
}

std::int64_t rank_of(std::string_view priority) {
  return priority == "urgent" ? 0 : priority == "high" ? 1 : priority == "normal" ? 2 : 3;
}

/// A walk downwards begins at the top. Priorities run from rank 0, urgent, with desc.
ListKeys first_page(const TaskOrder& order) {
  const bool down = (order.order == SortOrder::desc) != (order.by == SortBy::priority);
  return down ? ListKeys{time_infinity, time_infinity, 4, highest_id} : ListKeys{};
}

std::string encode(const TaskRow& last, const TaskOrder& order, std::string_view scope) {
  std::vector<std::string> keys;
  if (order.by == SortBy::priority)
    keys.push_back(key_text(rank_of(last.priority)));
  keys.push_back(key_text(order.by == SortBy::created_at ? last.created_at : last.due_at));
  keys.push_back(key_text(last.id));
  return encode_keyset(keys, scope);
}

Result<ListKeys> decode(const std::string& cursor, const TaskOrder& order, std::string_view scope) {
  ListKeys after = first_page(order);
  if (cursor.empty())
    return after;
  const bool ranked = order.by == SortBy::priority;
  const auto keys = decode_keyset(cursor, ranked ? 3 : 2, scope);
  if (!keys)
    return keys.error();
  const auto rank = ranked ? key_number(keys->front(), 0, 3) : Result<std::int64_t>(after.rank);
  const auto at = key_time((*keys)[keys->size() - 2]);
  const auto id = key_id(keys->back());
  if (!rank)
    return rank.error();
  if (!at)
    return at.error();
  if (!id)
    return id.error();
  after.rank = *rank;
  (order.by == SortBy::created_at ? after.created_at : after.due_at) = *at;
  after.id = *id;
  return after;
}

/// Overdue means: due before now and not ended, resting or cancelled.
void narrow_to_overdue(TaskFilter& filter, TimePoint now) {
  filter.due_before = std::min(filter.due_before.value_or(time_infinity), now);
  const auto is_open = [](Status status) { return status == Status::pending || status == Status::in_progress; };
  if (filter.statuses.empty())
    filter.statuses = {Status::pending, Status::in_progress};
  std::erase_if(filter.statuses, [&](Status status) { return !is_open(status); });
}

Result<void> check_rest(Status status, bool has_until) {
  if (status == Status::snoozed && !has_until)
    return fail(Errc::invalid_argument, "snoozed_until is required when status is snoozed", "snoozed_until");
  if (status != Status::snoozed && has_until)
    return fail(Errc::invalid_argument, "snoozed_until comes with status snoozed only", "snoozed_until");
  return {};
}

Error no_such_task() {
  return changed_since("task", "task_id", std::nullopt);
}

}  // namespace

bool TaskFilter::is_empty() const {
  return statuses.empty() && types.empty() && priorities.empty() && !assigned_to && !contact_id && !deal_id &&
         !due_before && !due_after && !overdue;
}

Task<Result<TaskPage>> Tasks::list_tasks(RequestContext& request, TaskFilter filter, TaskOrder order, PageStart start,
                                         std::int64_t limit_rows, Count count) {
  const std::string scope = scope_of(request, filter, order);
  const auto after = decode(start.cursor, order, scope);
  if (!after)
    co_return after.error();
  ListQuery query{std::move(filter), order, *after, start.offset_rows, limit_rows + 1, count};
  TaskPage page;
  if (query.filter.overdue) {
    narrow_to_overdue(query.filter, clock_());
    if (query.filter.statuses.empty()) {  // overdue and completed: nothing is both
      if (count != Count::none)
        page.total = 0;
      co_return page;
    }
  }
  auto rows = co_await store_.list_tasks(request, std::move(query));
  if (!rows)
    co_return rows.error();
  page.tasks = std::move(*rows);
  if (!page.tasks.empty()) {
    page.total = page.tasks.rows.front().total;
  } else if (count != Count::none && start.cursor.empty() && start.offset_rows == 0) {
    page.total = 0;
  }
  if (end_page(page.tasks.rows, limit_rows)) {
    page.next_cursor = encode(page.tasks.rows.back(), order, scope);
  }
  co_return page;
}

Task<Result<DuePage>> Tasks::list_due(RequestContext& request, std::optional<TimePoint> today_ends_at,
                                      std::string cursor, std::int64_t limit_rows) {
  const TimePoint now = clock_();
  const TimePoint due_before =
      today_ends_at.value_or(std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1));
  // Not the end of today: it moves while a client pages.
  const std::string scope =
      "tasks.list_due|" + request.identity.org_id.to_string() + "|" + request.identity.user_id.to_string();
  ListKeys after;
  if (!cursor.empty()) {
    const auto at = decode_cursor(cursor, scope);
    if (!at)
      co_return at.error();
    after.due_at = at->at;
    after.id = at->id;
  }
  auto rows = co_await store_.list_due(request, after, due_before, std::min(now, due_before), limit_rows + 1);
  if (!rows)
    co_return rows.error();
  DuePage page{std::move(*rows), std::nullopt};
  if (end_page(page.tasks.rows, limit_rows)) {
    const TaskRow& last = page.tasks.rows.back();
    page.next_cursor = encode_cursor({last.due_at, last.id}, scope);
  }
  co_return page;
}

Task<Result<OneRow<TaskRow>>> Tasks::get_task(RequestContext& request, Uuid task_id) {
  auto found = co_await store_.get_task(request, task_id);
  if (found && !*found)
    co_return no_such_task();
  co_return found;
}

Task<Result<OneRow<TaskRow>>> Tasks::create_task(RequestContext& request, NewTask task) {
  if (task.status == Status::completed)
    co_return fail(Errc::invalid_argument, "status must not be completed: create the task, then complete it", "status");
  if (auto rest = check_rest(task.status, task.snoozed_until.has_value()); !rest)
    co_return rest.error();
  if (task.recurrence_rule) {
    if (const auto rule = parse_recurrence(*task.recurrence_rule); !rule)
      co_return rule.error();
    task.is_recurring = true;
  } else if (task.is_recurring) {
    co_return fail(Errc::invalid_argument, "recurrence_rule is required when is_recurring is true", "recurrence_rule");
  }
  const Uuid id = Uuid::v7();
  TaskPatch references;
  references.contact_id.value = task.contact_id;
  references.deal_id.value = task.deal_id;
  references.assigned_to.value = task.assigned_to;
  references.parent_task_id.value = task.parent_task_id;
  auto created = co_await store_.create_task(request, id, std::move(task));
  if (created && !*created)
    co_return co_await explain_no_row(request, Uuid{}, std::move(references), std::nullopt);
  co_return created;
}

Task<Result<OneRow<ChangedTask>>> Tasks::patch_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                                    std::optional<std::int64_t> row_version) {
  if (patch.status || patch.snoozed_until.present) {
    const Status status = patch.status.value_or(Status::pending);
    if (auto rest = check_rest(status, patch.snoozed_until.value.has_value()); !rest)
      co_return rest.error();
    if (!patch.status)
      co_return fail(Errc::invalid_argument, "snoozed_until changes with status only", "snoozed_until");
    patch.snoozed_until.present = true;
  }
  if (patch.recurrence_rule.present) {
    if (patch.recurrence_rule.value) {
      if (const auto rule = parse_recurrence(*patch.recurrence_rule.value); !rule)
        co_return rule.error();
    } else if (patch.is_recurring.value_or(false)) {
      co_return fail(Errc::invalid_argument, "recurrence_rule is required when is_recurring is true",
                     "recurrence_rule");
    }
    if (!patch.is_recurring)
      patch.is_recurring = patch.recurrence_rule.value.has_value();
  }
  if (patch.parent_task_id.value == task_id)
    co_return fail(Errc::invalid_argument, "parent_task_id must not be the task itself", "parent_task_id");
  if (patch.status == Status::completed)
    co_return co_await end_task(request, task_id, std::move(patch), row_version, false);
  auto changed = co_await store_.update_task(request, task_id, patch, row_version, std::nullopt);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, task_id, std::move(patch), row_version);
  co_return changed;
}

Task<Result<OneRow<ChangedTask>>> Tasks::complete_task(RequestContext& request, Uuid task_id,
                                                       std::optional<std::int64_t> row_version) {
  TaskPatch patch;
  patch.status = Status::completed;
  patch.snoozed_until.present = true;
  return end_task(request, task_id, std::move(patch), row_version, true);
}

Task<Result<OneRow<ChangedTask>>> Tasks::end_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                                  std::optional<std::int64_t> row_version, bool answers_when_ended) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto found = co_await store_.get_task(request, task_id);
    if (!found)
      co_return found.error();
    if (!*found)
      co_return no_such_task();
    const TaskRow& row = **found;
    const bool has_ended = row.status == "completed";
    if (has_ended && answers_when_ended) {
      OneRow<ChangedTask> same;
      static_cast<TaskRow&>(same.row.emplace()) = row;
      same.bytes = found->bytes;
      co_return same;
    }
    if (row.status == "cancelled" && answers_when_ended)
      co_return fail(Errc::conflict, "The task is cancelled; set it to pending first", "status");
    if (row_version && *row_version != row.row_version)
      co_return changed_since("task", "task_id", row.row_version);
    std::optional<TaskEnd> end;
    if (!has_ended) {
      end.emplace();
      end->activity_id = Uuid::v7();
      end->next_id = Uuid::v7();
      const bool recurs = patch.is_recurring.value_or(row.is_recurring);
      std::string rule;
      if (patch.recurrence_rule.present) {
        rule = patch.recurrence_rule.value.value_or("");
      } else if (row.recurrence_rule) {
        rule = *row.recurrence_rule;
      }
      if (const auto next = recurs ? successor_of(rule, patch.due_at.value_or(row.due_at), clock_()) : std::nullopt) {
        end->next_due_at = next->due_at;
        end->next_rule = next->rule;
      }
    }
    // Only the version that was looked at: whoever changes the task meanwhile may have ended it.
    const std::int64_t seen = row.row_version;
    auto changed = co_await store_.update_task(request, task_id, patch, seen, std::move(end));
    if (!changed || *changed)
      co_return changed;
    auto why = co_await explain_no_row(request, task_id, patch, seen);
    if (why.code != Errc::precondition_failed || row_version)
      co_return why;
  }
  co_return fail(Errc::conflict, "The task keeps being changed by others; try again");
}

Task<Result<OneRow<ChangedTask>>> Tasks::snooze_task(RequestContext& request, Uuid task_id, TimePoint until,
                                                     std::optional<std::int64_t> row_version) {
  if (until <= clock_())
    co_return fail(Errc::invalid_argument, "until must be in the future", "until");
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto found = co_await store_.get_task(request, task_id);
    if (!found)
      co_return found.error();
    if (!*found)
      co_return no_such_task();
    const std::string status((*found)->status);
    const std::int64_t seen = (*found)->row_version;
    if (status == "completed" || status == "cancelled")
      co_return fail(Errc::conflict, "The task is " + status + "; only open tasks can be snoozed", "status");
    if (row_version && *row_version != seen)
      co_return changed_since("task", "task_id", seen);
    TaskPatch patch;
    patch.status = Status::snoozed;
    patch.snoozed_until.present = true;
    patch.snoozed_until.value = until;
    auto changed = co_await store_.update_task(request, task_id, std::move(patch), seen, std::nullopt);
    if (!changed || *changed)
      co_return changed;
  }
  co_return fail(Errc::conflict, "The task keeps being changed by others; try again");
}

Task<Result<void>> Tasks::delete_task(RequestContext& request, Uuid task_id, std::optional<std::int64_t> row_version) {
  const auto deleted = co_await store_.delete_task(request, task_id, row_version);
  if (!deleted)
    co_return deleted.error();
  if (!*deleted)
    co_return co_await explain_no_row(request, task_id, {}, row_version);
  co_return Result<void>();
}

Task<Error> Tasks::explain_no_row(RequestContext& request, Uuid task_id, TaskPatch patch,
                                  std::optional<std::int64_t> row_version) {
  if (!task_id.is_nil()) {
    const auto found = co_await store_.get_task(request, task_id);
    if (!found)
      co_return found.error();
    if (!*found)
      co_return no_such_task();
    if (row_version && (*found)->row_version != *row_version)
      co_return changed_since("task", "task_id", (*found)->row_version);
    if (patch.is_recurring.value_or(false) && !patch.recurrence_rule.value && !(*found)->recurrence_rule)
      co_return fail(Errc::invalid_argument, "recurrence_rule is required when is_recurring is true",
                     "recurrence_rule");
  }
  References references{patch.contact_id.value, patch.deal_id.value, patch.assigned_to.value,
                        patch.parent_task_id.value};
  const auto known = co_await store_.check_references(request, task_id, std::move(references));
  if (!known)
    co_return known.error();
  if (!known->contact)
    co_return fail(Errc::invalid_argument, "There is no such contact", "contact_id");
  if (!known->deal)
    co_return fail(Errc::invalid_argument, "There is no such deal", "deal_id");
  if (!known->member)
    co_return fail(Errc::invalid_argument, "There is no such member of the organisation", "assigned_to");
  if (!known->parent)
    co_return fail(Errc::invalid_argument, "There is no such task", "parent_task_id");
  if (!known->parent_fits)
    co_return fail(Errc::invalid_argument, "parent_task_id would put the task below itself, or too deep",
                   "parent_task_id");
  co_return fail(Errc::conflict, "The task was changed at the same time; try again");
}

}  // namespace salesflow::tasks
