// Where tasks are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/tasks/tasks.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::tasks {

/// Where a list goes on; ±infinity for a first page. Which keys count depends on the order.
struct TaskPosition {
  TimePoint due_at = time_minus_infinity;
  TimePoint created_at = time_minus_infinity;
  std::int64_t rank = -1;  // 0 urgent … 3 low
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(TaskPosition, (), (due_at, created_at, rank, id))

/// What list_tasks asks of the store.
struct ListQuery {
  TaskFilter filter;
  TaskOrder order;
  TaskPosition after;
  PageRequest paging;  // limit_rows with the row that looks ahead
};

/// What comes with the end of a task.
struct TaskEnd {
  Uuid activity_id;
  Uuid next_id;
  std::optional<TimePoint> next_due_at;
  std::optional<std::string> next_rule;
};

struct References {
  std::optional<Uuid> contact_id, deal_id, assigned_to, parent_task_id;
};
struct FoundReferences {
  bool contact = false;
  bool deal = false;
  bool member = false;
  bool parent = false;
  bool parent_fits = false;
};
BOOST_DESCRIBE_STRUCT(FoundReferences, (), (contact, deal, member, parent, parent_fits))

/// Every method is one statement and one round trip. An empty OneRow means: no such row in this organisation, not in
/// this version, or a reference that is not the organisation's.
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<RowSet<ListedTask>>> list_tasks(RequestContext& request, ListQuery query) = 0;
  virtual Task<Result<RowSet<DueTask>>> list_due(RequestContext& request, TimePosition after, TimePoint due_before,
                                                 TimePoint overdue_before, std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<TaskRow>>> get_task(RequestContext& request, Uuid task_id) = 0;
  virtual Task<Result<OneRow<TaskRow>>> create_task(RequestContext& request, Uuid id, NewTask task) = 0;
  /// A patch that sets a parent waits for others of the organisation that do.
  virtual Task<Result<OneRow<ChangedTask>>> update_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                                        std::optional<std::int64_t> row_version,
                                                        std::optional<TaskEnd> end) = 0;
  virtual Task<Result<bool>> delete_task(RequestContext& request, Uuid task_id,
                                         std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<FoundReferences>> check_references(RequestContext& request, Uuid task_id,
                                                         References references) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::tasks
