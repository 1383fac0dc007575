// Tasks of an organisation: what is to be done, by whom, until when. Answers "what is due?" (list, due), and keeps
// tasks consistent when they end, rest or come back. Rows belong to the organisation; every call runs as its member.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::tasks {

enum class Type { followup, call, email, whatsapp, meeting, proposal, reminder, custom };
BOOST_DESCRIBE_ENUM(Type, followup, call, email, whatsapp, meeting, proposal, reminder, custom)
enum class Priority { low, normal, high, urgent };
BOOST_DESCRIBE_ENUM(Priority, low, normal, high, urgent)
enum class Status { pending, in_progress, completed, cancelled, snoozed };
BOOST_DESCRIBE_ENUM(Status, pending, in_progress, completed, cancelled, snoozed)
enum class SortBy { due_at, created_at, priority };
BOOST_DESCRIBE_ENUM(SortBy, due_at, created_at, priority)
enum class SortOrder { asc, desc };
BOOST_DESCRIBE_ENUM(SortOrder, asc, desc)

/// One task as stored and as sent. Text columns stay text on the way out: an adopted database may hold values that our
/// enums do not know. `status` is pending again once a snoozed task's time has come. Views point into the RowSet.
struct TaskRow {
  Uuid id;
  Uuid org_id;
  std::string_view type = "followup";
  std::string_view title = "Unbekannt";
  std::optional<std::string_view> description;
  std::string_view priority = "normal";
  TimePoint due_at = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);  // never, where a found task has none
  std::string_view status = "pending";
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<Uuid> assigned_to;
  std::optional<Uuid> created_by;
  std::optional<TimePoint> completed_at;
  std::optional<TimePoint> snoozed_until;
  bool is_recurring = false;
  std::optional<std::string_view> recurrence_rule;
  std::optional<Uuid> parent_task_id;
  std::vector<std::string_view> tags;
  TimePoint created_at;
  TimePoint updated_at;
  std::int64_t row_version = 0;

  /// It was snoozed and came back by itself: the row changed its meaning without changing its version.
  bool is_awake() const { return snoozed_until && status == "pending"; }
};
BOOST_DESCRIBE_STRUCT(TaskRow, (),
                      (id, org_id, type, title, description, priority, due_at, status, contact_id, deal_id, assigned_to,
                       created_by, completed_at, snoozed_until, is_recurring, recurrence_rule, parent_task_id, tags,
                       created_at, updated_at, row_version))

/// A row of the list with the list's total (absent when nobody counted).
struct ListedTask : TaskRow {
  std::optional<std::int64_t> total;
};
BOOST_DESCRIBE_STRUCT(ListedTask, (TaskRow), (total))
struct DueTask : TaskRow {
  std::int64_t due_total = 0;
  std::int64_t overdue_total = 0;
  std::optional<TimePoint> changes_at;  // when the list changes by time alone; now: not known
};
BOOST_DESCRIBE_STRUCT(DueTask, (TaskRow), (due_total, overdue_total, changes_at))
struct ChangedTask : TaskRow {
  std::optional<Uuid> next_task_id;  // of a recurring task that ended with this change
};
BOOST_DESCRIBE_STRUCT(ChangedTask, (TaskRow), (next_task_id))

/// Which tasks a list shows; empty means all.
struct TaskFilter {
  std::vector<Status> statuses;
  std::vector<Type> types;
  std::vector<Priority> priorities;
  std::optional<Uuid> assigned_to, contact_id, deal_id;
  std::optional<TimePoint> due_before, due_after;  // from due_after on, before due_before
  bool overdue = false;                            // due before now and still to be done

  bool is_empty() const;
};

struct TaskOrder {
  SortBy by = SortBy::due_at;
  SortOrder order = SortOrder::asc;
};

using TaskPage = Page<ListedTask>;

struct NewTask {
  Type type = Type::followup;
  std::string title;
  std::optional<std::string> description;
  Priority priority = Priority::normal;
  TimePoint due_at;
  Status status = Status::pending;
  std::optional<Uuid> contact_id, deal_id, assigned_to, parent_task_id;
  std::optional<TimePoint> snoozed_until;
  bool is_recurring = false;
  std::optional<std::string> recurrence_rule;
  std::vector<std::string> tags;
};

/// A change; what is absent stays. Null clears where a task may lack it.
struct TaskPatch {
  std::optional<Type> type;
  std::optional<std::string> title;
  Patch<std::string> description;
  std::optional<Priority> priority;
  std::optional<TimePoint> due_at;
  std::optional<Status> status;
  Patch<Uuid> contact_id, deal_id, assigned_to, parent_task_id;
  Patch<TimePoint> snoozed_until;
  std::optional<bool> is_recurring;
  Patch<std::string> recurrence_rule;
  std::optional<std::vector<std::string>> tags;
};

class Store;

inline constexpr std::int64_t page_rows_max = 100;

/// The use cases. Reads are one statement and one round trip. Errors besides those named: unavailable,
/// deadline_exceeded.
class Tasks {
 public:
  explicit Tasks(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Priorities sort as urgent, high, normal, low with desc. Errors: malformed for another list's cursor.
  Task<Result<TaskPage>> list_tasks(RequestContext& request, TaskFilter filter, TaskOrder order, PageRequest paging);
  /// The caller's open tasks that are due before `today_ends_at` (24:00 UTC when absent), the longest overdue first.
  Task<Result<Page<DueTask>>> list_due(RequestContext& request, std::optional<TimePoint> today_ends_at,
                                       std::string cursor, std::int64_t limit_rows);
  /// Errors: not_found, also for another organisation's task.
  Task<Result<OneRow<TaskRow>>> get_task(RequestContext& request, Uuid task_id);
  /// Errors: invalid_argument naming what is refused, also a reference to what is not the organisation's.
  Task<Result<OneRow<TaskRow>>> create_task(RequestContext& request, NewTask task);
  /// `row_version`, when given, must be the current one. A change to completed ends the task as complete_task does.
  /// Errors: as create_task; not_found; precondition_failed.
  Task<Result<OneRow<ChangedTask>>> patch_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                               std::optional<std::int64_t> row_version);
  /// Ends a task once, however often it is called: logs that with its contact and makes the successor of a recurring
  /// one, in one transaction. Cost: a read and a write. Errors: conflict for a cancelled task.
  Task<Result<OneRow<ChangedTask>>> complete_task(RequestContext& request, Uuid task_id,
                                                  std::optional<std::int64_t> row_version);
  /// The task rests until `until` and is pending again from then on. Errors: invalid_argument for an instant that is
  /// not in the future; conflict for a task that has ended.
  Task<Result<OneRow<ChangedTask>>> snooze_task(RequestContext& request, Uuid task_id, TimePoint until,
                                                std::optional<std::int64_t> row_version);
  Task<Result<void>> delete_task(RequestContext& request, Uuid task_id, std::optional<std::int64_t> row_version);

  TimePoint now() const { return clock_(); }

 private:
  /// Completes through a patch, at most a few times anew when others change the task meanwhile.
  Task<Result<OneRow<ChangedTask>>> end_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                             std::optional<std::int64_t> row_version, bool answers_when_ended);
  /// Tells why a write met no row.
  Task<Error> explain_no_row(RequestContext& request, Uuid task_id, TaskPatch patch,
                             std::optional<std::int64_t> row_version);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::tasks
