#include "features/tasks/tasks.hpp"

#include <algorithm>

#include "features/tasks/recurrence.hpp"
#include "features/tasks/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::tasks {
namespace {

constexpr int attempts_max = 5;

std::int64_t rank_of(std::string_view priority) {
  return priority == "urgent" ? 0 : priority == "high" ? 1 : priority == "normal" ? 2 : 3;
}

/// A walk downwards begins at the top. Priorities run from rank 0, urgent, with desc.
TaskPosition start_of(const TaskOrder& order) {
  const bool down = (order.order == SortOrder::desc) != (order.by == SortBy::priority);
  return down ? TaskPosition{time_infinity, time_infinity, 4, highest_id} : TaskPosition{};
}

TaskPosition position_of(const TaskRow& task) {
  return {task.due_at, task.created_at, rank_of(task.priority), task.id};
}

/// Overdue means: due before now and not ended, resting or cancelled.
void narrow_to_overdue(TaskFilter& filter, TimePoint now) {
  filter.due_before = std::min(filter.due_before.value_or(time_infinity), now);
  const auto is_open = [](Status status) { return status == Status::pending || status == Status::in_progress; };
  if (filter.statuses.empty())
    filter.statuses = {Status::pending, Status::in_progress};
  std::erase_if(filter.statuses, [&](Status status) { return !is_open(status); });
}

/// Which tasks it lets through depends on the time: a snoozed task counts as pending from its instant on.
bool follows_clock(const TaskFilter& filter) {
  return filter.overdue || std::any_of(filter.statuses.begin(), filter.statuses.end(), [](Status status) {
           return status == Status::pending || status == Status::snoozed;
         });
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

Task<Result<TaskPage>> Tasks::list_tasks(RequestContext& request, TaskFilter filter, TaskOrder order,
                                         PageRequest paging) {
  const Scope scope("tasks.list_tasks", request.identity.org_id, order.by, order.order, filter.statuses, filter.types,
                    filter.priorities, filter.assigned_to, filter.contact_id, filter.deal_id, filter.due_before,
                    filter.due_after, filter.overdue);
  const auto after = decode_cursor(paging.cursor, scope, start_of(order));
  if (!after)
    co_return after.error();
  ListQuery query{std::move(filter), order, *after, paging.with_look_ahead()};
  const TimePoint now = clock_();
  if (query.filter.overdue) {
    narrow_to_overdue(query.filter, now);
    if (query.filter.statuses.empty()) {  // overdue and completed: nothing is both
      TaskPage nothing;
      if (paging.count != CountMode::none)
        nothing.total = 0;
      co_return nothing;
    }
  }
  if (follows_clock(query.filter))
    ends_at(request, now);
  auto rows = co_await store_.list_tasks(request, std::move(query));
  if (!rows)
    co_return rows.error();
  for (const ListedTask& task : rows->rows) {
    if (task.status == "snoozed")
      ends_at(request, task.snoozed_until);
  }
  co_return make_page(std::move(*rows), paging, scope, position_of);
}

Task<Result<Page<DueTask>>> Tasks::list_due(RequestContext& request, std::optional<TimePoint> today_ends_at,
                                            std::string cursor, std::int64_t limit_rows) {
  const TimePoint now = clock_();
  const TimePoint due_before =
      today_ends_at.value_or(std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1));
  if (!today_ends_at)
    ends_at(request, due_before);
  // Not the end of today: it moves while a client pages.
  const Scope scope("tasks.list_due", request.identity.org_id, request.identity.user_id);
  const auto after = decode_cursor(cursor, scope, before_oldest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_due(request, *after, due_before, std::min(now, due_before), limit_rows + 1);
  if (!rows)
    co_return rows.error();
  ends_at(request, rows->rows.front().changes_at);
  if (rows->rows.front().id.is_nil())
    rows->rows.clear();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const DueTask& last) {
    return TimePosition{last.due_at, last.id};
  });
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
