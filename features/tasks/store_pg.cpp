#include "features/tasks/queries.hpp"
#include "features/tasks/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::tasks {
namespace {

/// NULL when nothing is named: the filter is off.
template <class E>
std::optional<std::vector<std::string_view>> names_of(const std::vector<E>& values) {
  if (values.empty())
    return std::nullopt;
  std::vector<std::string_view> names;
  for (const E value : values)
    names.push_back(enum_name(value));
  return names;
}

/// The statement of an order: both files list the same orders.
template <class List>
typename List::Sort sort_of(const TaskOrder& order) {
  using Sort = typename List::Sort;
  const bool down = order.order == SortOrder::desc;
  switch (order.by) {
    case SortBy::due_at:
      return down ? Sort::due_desc : Sort::due_asc;
    case SortBy::created_at:
      return down ? Sort::created_desc : Sort::created_asc;
    case SortBy::priority:
      return down ? Sort::priority_desc : Sort::priority_asc;
  }
  return Sort::due_asc;
}

template <class List>
typename List::Total total_of(CountMode count) {
  using Total = typename List::Total;
  return count == CountMode::none ? Total::none : count == CountMode::exact ? Total::exact : Total::capped;
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<ListedTask>>> list_tasks(RequestContext& request, ListQuery query) override {
    const TaskFilter& filter = query.filter;
    const auto statuses = names_of(filter.statuses), types = names_of(filter.types),
               priorities = names_of(filter.priorities);
    const auto due_after = filter.due_after.value_or(time_minus_infinity);
    // The last instant that counts: a task that was found due at infinity is in no list that ends before it.
    const auto due_until = filter.due_before ? *filter.due_before - std::chrono::microseconds(1) : time_infinity;
    const Uuid org_id = request.identity.org_id;
    if (filter.contact_id || filter.deal_id) {
      using list = sql::list_related_tasks;
      const auto of = !filter.deal_id ? list::Of::contact : !filter.contact_id ? list::Of::deal : list::Of::both;
      return db_.read_page<ListedTask>(
          request, list::pick(0, total_of<list>(query.paging.count), sort_of<list>(query.order), of), org_id,
          query.after.due_at, query.after.id, query.paging.limit_rows, query.paging.skip_rows, query.after.created_at,
          query.after.rank, due_after, due_until, statuses, types, priorities, filter.assigned_to, filter.contact_id,
          filter.deal_id);
    }
    using list = sql::list_tasks;
    const auto total = query.paging.count != CountMode::none && filter.is_empty() ? list::Total::counter
                                                                                  : total_of<list>(query.paging.count);
    return db_.read_page<ListedTask>(request, list::pick(0, total, sort_of<list>(query.order)), org_id,
                                     query.after.due_at, query.after.id, query.paging.limit_rows,
                                     query.paging.skip_rows, query.after.created_at, query.after.rank, due_after,
                                     due_until, statuses, types, priorities, filter.assigned_to);
  }

  Task<Result<RowSet<DueTask>>> list_due(RequestContext& request, TimePosition after, TimePoint due_before,
                                         TimePoint overdue_before, std::int64_t limit_rows) override {
    return db_.read_page<DueTask>(request, sql::list_due, request.identity.org_id, request.identity.user_id, after.at,
                                  after.id, due_before, overdue_before, limit_rows);
  }

  Task<Result<OneRow<TaskRow>>> get_task(RequestContext& request, Uuid task_id) override {
    return db_.read_one<TaskRow>(request, sql::get_task, request.identity.org_id, task_id);
  }

  Task<Result<OneRow<TaskRow>>> create_task(RequestContext& request, Uuid id, NewTask task) override {
    return db_.write_one<TaskRow>(request, sql::create_task, id, request.identity.org_id, request.identity.user_id,
                                  task.type, std::move(task.title), std::move(task.description), task.priority,
                                  task.due_at, task.status, task.contact_id, task.deal_id, task.assigned_to,
                                  task.snoozed_until, task.is_recurring, std::move(task.recurrence_rule),
                                  task.parent_task_id, std::move(task.tags), Uuid::v7());
  }

  Task<Result<OneRow<ChangedTask>>> update_task(RequestContext& request, Uuid task_id, TaskPatch patch,
                                                std::optional<std::int64_t> row_version,
                                                std::optional<TaskEnd> end) override {
    using update = sql::update_task;
    const Query& query = update::pick(row_version ? update::version : 0U);
    const Uuid org_id = request.identity.org_id;
    const auto ended = [&](auto member) { return end ? std::optional((*end).*member) : std::nullopt; };
    postgres::Params params;
    const auto add = [&](const auto&... values) { (params.add(values), ...); };
    add(org_id, task_id, row_version, patch.type, patch.title, patch.description.present, patch.description.value,
        patch.priority, patch.due_at, patch.status, patch.contact_id.present, patch.contact_id.value,
        patch.deal_id.present, patch.deal_id.value, patch.assigned_to.present, patch.assigned_to.value,
        patch.snoozed_until.present, patch.snoozed_until.value, patch.is_recurring, patch.recurrence_rule.present,
        patch.recurrence_rule.value, patch.parent_task_id.present, patch.parent_task_id.value, patch.tags,
        request.identity.user_id, ended(&TaskEnd::activity_id), ended(&TaskEnd::next_id),
        end ? end->next_due_at : std::nullopt, end ? end->next_rule : std::nullopt);
    std::vector<postgres::BoundQuery> batch;
    if (patch.parent_task_id.value) {
      postgres::Params lock;
      lock.add(org_id);
      batch.emplace_back(&sql::lock_parents, std::move(lock).select(sql::lock_parents));
    }
    batch.emplace_back(&query, std::move(params).select(query));
    if (auto fits = co_await db_.check_answer<ChangedTask>(request, query); !fits)
      co_return fits.error();
    auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    co_return postgres::decode_one<ChangedTask>(query, std::move(answers->back().result));
  }

  Task<Result<bool>> delete_task(RequestContext& request, Uuid task_id,
                                 std::optional<std::int64_t> row_version) override {
    using del = sql::delete_task;
    const auto deleted = co_await db_.write(request, del::pick(row_version ? del::version : 0U),
                                            request.identity.org_id, task_id, row_version);
    if (!deleted)
      co_return deleted.error();
    co_return *deleted == 1;
  }

  Task<Result<FoundReferences>> check_references(RequestContext& request, Uuid task_id,
                                                 References references) override {
    auto found = co_await db_.read_one<FoundReferences>(request, sql::check_references, request.identity.org_id,
                                                        references.contact_id, references.deal_id,
                                                        references.assigned_to, references.parent_task_id, task_id);
    if (!found)
      co_return found.error();
    co_return found->row.value_or(FoundReferences{});
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::tasks
