#include "features/tasks/tasks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "features/tasks/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::tasks {
namespace {

using namespace std::chrono_literals;
using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Tasks of one organisation. Lists answer nothing and keep what they were asked.
class MemoryStore final : public Store {
 public:
  std::map<Uuid, TaskRow> kept;
  FoundReferences known{true, true, true, true, true};
  int calls = 0, changed_by_others = 0;  // so many writes find a newer version than was read
  ListQuery asked;
  TimePoint due_before, overdue_before;
  NewTask created;
  TaskPatch patch;
  std::optional<TaskEnd> end;

  Uuid add(std::string_view status = "pending") {
    TaskRow row;
    row.id = Uuid::v7();
    row.status = status;
    row.due_at = now;
    row.row_version = 1;
    kept.emplace(row.id, row);
    return row.id;
  }

  Task<Result<RowSet<ListedTask>>> list_tasks(RequestContext&, ListQuery query) override {
    ++calls;
    asked = std::move(query);
    co_return RowSet<ListedTask>{};
  }
  Task<Result<RowSet<DueTask>>> list_due(RequestContext&, TimePosition, TimePoint before, TimePoint overdue,
                                         std::int64_t) override {
    due_before = before;
    overdue_before = overdue;
    co_return RowSet<DueTask>{{DueTask{}}, nullptr};
  }
  Task<Result<OneRow<TaskRow>>> get_task(RequestContext&, Uuid task_id) override {
    ++calls;
    OneRow<TaskRow> found;
    if (const auto row = kept.find(task_id); row != kept.end())
      found.row = row->second;
    co_return found;
  }
  Task<Result<OneRow<TaskRow>>> create_task(RequestContext&, Uuid id, NewTask task) override {
    ++calls;
    created = std::move(task);
    OneRow<TaskRow> made;
    if (known.contact && known.deal && known.member && known.parent && known.parent_fits) {
      made.row.emplace();
      made.row->id = id;
    }
    co_return made;
  }
  Task<Result<OneRow<ChangedTask>>> update_task(RequestContext&, Uuid task_id, TaskPatch to,
                                                std::optional<std::int64_t> row_version,
                                                std::optional<TaskEnd> ended) override {
    ++calls;
    OneRow<ChangedTask> changed;
    const auto row = kept.find(task_id);
    if (row != kept.end() && changed_by_others > 0) {
      --changed_by_others;
      ++row->second.row_version;
    }
    if (row == kept.end() || (row_version && *row_version != row->second.row_version))
      co_return changed;
    patch = std::move(to);
    end = std::move(ended);
    ++row->second.row_version;
    if (patch.status)
      row->second.status = enum_name(*patch.status);
    static_cast<TaskRow&>(changed.row.emplace()) = row->second;
    co_return changed;
  }
  Task<Result<bool>> delete_task(RequestContext&, Uuid task_id, std::optional<std::int64_t> row_version) override {
    const auto row = kept.find(task_id);
    co_return row != kept.end() && (!row_version || *row_version == row->second.row_version);
  }
  Task<Result<FoundReferences>> check_references(RequestContext&, Uuid, References) override { co_return known; }
};

struct TasksTest : testing::Test {
  TasksTest() {
    request.identity.org_id = Uuid::v7();
    request.identity.user_id = Uuid::v7();
  }
  std::string create(NewTask task) { return refusal(run_task(tasks.create_task(request, std::move(task)))); }
  std::string change(const Uuid& id, TaskPatch to, std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(tasks.patch_task(request, id, std::move(to), row_version)));
  }
  std::string complete(const Uuid& id, std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(tasks.complete_task(request, id, row_version)));
  }
  std::string snooze(const Uuid& id, TimePoint until, std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(tasks.snooze_task(request, id, until, row_version)));
  }
  MemoryStore store;
  Tasks tasks{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(TasksTest, OverdueIsWhatIsStillToBeDoneAndWasDueBefore) {
  TaskFilter overdue;
  overdue.overdue = true;
  const auto list = [&](const TaskFilter& filter) {
    return run_task(tasks.list_tasks(request, filter, {}, {"", 10, 0, CountMode::capped}));
  };
  ASSERT_TRUE(list(overdue));
  EXPECT_EQ(store.asked.filter.due_before, now);
  EXPECT_EQ(store.asked.filter.statuses, (std::vector<Status>{Status::pending, Status::in_progress}));
  EXPECT_EQ(store.asked.paging.limit_rows, 11);
  overdue.due_before = now - 1h;
  overdue.statuses = {Status::completed, Status::in_progress};
  ASSERT_TRUE(list(overdue));
  EXPECT_EQ(store.asked.filter.due_before, now - 1h);
  EXPECT_EQ(store.asked.filter.statuses, std::vector<Status>{Status::in_progress});
  store.calls = 0;
  overdue.statuses = {Status::completed};
  const auto nothing = list(overdue);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->total, 0) << "nothing is both";
  EXPECT_EQ(store.calls, 0);
}

TEST_F(TasksTest, TheDayEndsAtMidnightUtcUnlessTheClientKnowsBetter) {
  ASSERT_TRUE(run_task(tasks.list_due(request, {}, "", 10)));
  EXPECT_EQ(format_rfc3339(store.due_before), "2026-11-24T00:00:00.000000Z");
  EXPECT_EQ(store.overdue_before, now);
  ASSERT_TRUE(run_task(tasks.list_due(request, now - 2h, "", 10)));
  EXPECT_EQ(store.overdue_before, now - 2h) << "of what is asked for";
  EXPECT_EQ(refusal(run_task(tasks.list_due(request, {}, "made up", 10))), "malformed query.cursor");
}

TEST_F(TasksTest, ANewTaskRestsOnlyUntilAnInstantAndComesBackOnlyByARule) {
  NewTask task;
  task.status = Status::completed;
  EXPECT_EQ(create(task), "invalid_argument status");
  task.status = Status::snoozed;
  EXPECT_EQ(create(task), "invalid_argument snoozed_until");
  task.status = Status::pending;
  task.snoozed_until = now;
  EXPECT_EQ(create(task), "invalid_argument snoozed_until");
  task.snoozed_until.reset();
  task.is_recurring = true;
  EXPECT_EQ(create(task), "invalid_argument recurrence_rule");
  task.recurrence_rule = "FREQ=SOMETIMES";
  EXPECT_EQ(create(task), "invalid_argument recurrence_rule");
  EXPECT_EQ(store.calls, 0);
  task.is_recurring = false;
  task.recurrence_rule = "FREQ=DAILY";
  EXPECT_EQ(create(task), "");
  EXPECT_TRUE(store.created.is_recurring) << "who has a rule comes back";
}

TEST_F(TasksTest, AReferenceThatIsNotTheOrganisationsIsNamed) {
  const auto refused = [&](FoundReferences known) {
    store.known = known;
    return create({});
  };
  EXPECT_EQ(refused({false, true, true, true, true}), "invalid_argument contact_id");
  EXPECT_EQ(refused({true, false, true, true, true}), "invalid_argument deal_id");
  EXPECT_EQ(refused({true, true, false, true, true}), "invalid_argument assigned_to");
  EXPECT_EQ(refused({true, true, true, false, true}), "invalid_argument parent_task_id");
  EXPECT_EQ(refused({true, true, true, true, false}), "invalid_argument parent_task_id");
}

TEST_F(TasksTest, AChangeThatContradictsItselfIsRefusedBeforeTheStore) {
  const Uuid id = store.add();
  TaskPatch to;
  to.snoozed_until = {true, now + 1h};
  EXPECT_EQ(change(id, to), "invalid_argument snoozed_until") << "it comes with status snoozed";
  to = {};
  to.status = Status::snoozed;
  EXPECT_EQ(change(id, to), "invalid_argument snoozed_until");
  to = {};
  to.is_recurring = true;
  to.recurrence_rule.present = true;
  EXPECT_EQ(change(id, to), "invalid_argument recurrence_rule");
  to = {};
  to.parent_task_id = {true, id};
  EXPECT_EQ(change(id, to), "invalid_argument parent_task_id");
  EXPECT_EQ(store.calls, 0);
  to = {};
  to.status = Status::in_progress;
  EXPECT_EQ(change(id, to), "");
  EXPECT_TRUE(store.patch.snoozed_until.present && !store.patch.snoozed_until.value) << "who works does not rest";
}

TEST_F(TasksTest, AWriteThatMeetsNoRowTellsWhy) {
  const Uuid id = store.add();
  TaskPatch to;
  to.title = "a";
  EXPECT_EQ(change(Uuid::v7(), to), "not_found task_id");
  EXPECT_EQ(change(id, to, 7), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(tasks.delete_task(request, Uuid::v7(), {}))), "not_found task_id");
  EXPECT_EQ(refusal(run_task(tasks.delete_task(request, id, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(tasks.delete_task(request, id, 1))), "");
  EXPECT_EQ(refusal(run_task(tasks.get_task(request, Uuid::v7()))), "not_found task_id");
}

TEST_F(TasksTest, ATaskEndsOnceAndARecurringOneLeavesItsSuccessor) {
  const Uuid once = store.add(), daily = store.add(), cancelled = store.add("cancelled");
  store.kept.at(daily).is_recurring = true;
  store.kept.at(daily).recurrence_rule = "FREQ=DAILY";
  EXPECT_EQ(complete(once), "");
  ASSERT_TRUE(store.end);
  EXPECT_FALSE(store.end->next_due_at);
  store.end.reset();
  EXPECT_EQ(complete(once), "") << "as often as anybody asks";
  EXPECT_FALSE(store.end) << "but only the first ends it";
  EXPECT_EQ(complete(daily), "");
  ASSERT_TRUE(store.end && store.end->next_due_at);
  EXPECT_EQ(*store.end->next_due_at, now + 24h);
  EXPECT_EQ(complete(cancelled), "conflict status");
  EXPECT_EQ(complete(Uuid::v7()), "not_found task_id");
  const Uuid patched = store.add();
  TaskPatch to;
  to.status = Status::completed;
  EXPECT_EQ(change(patched, to), "");
  EXPECT_TRUE(store.end) << "a change to completed ends it, too";
}

TEST_F(TasksTest, WhoEndsATaskThatOthersChangeTriesAgainAFewTimes) {
  const Uuid id = store.add();
  store.changed_by_others = 4;
  EXPECT_EQ(complete(id), "");
  const Uuid busy = store.add();
  store.changed_by_others = 100;
  EXPECT_EQ(complete(busy), "conflict");
  EXPECT_EQ(snooze(busy, now + 1h), "conflict");
  store.changed_by_others = 1;
  EXPECT_EQ(complete(busy, store.kept.at(busy).row_version), "precondition_failed If-Match")
      << "who named a version wants that one";
}

TEST_F(TasksTest, OnlyOpenTasksRestAndOnlyUntilLater) {
  const Uuid open = store.add(), ended = store.add("completed"), cancelled = store.add("cancelled");
  EXPECT_EQ(snooze(open, now), "invalid_argument until");
  EXPECT_EQ(store.calls, 0);
  EXPECT_EQ(snooze(ended, now + 1h), "conflict status");
  EXPECT_EQ(snooze(cancelled, now + 1h), "conflict status");
  EXPECT_EQ(snooze(Uuid::v7(), now + 1h), "not_found task_id");
  EXPECT_EQ(snooze(open, now + 1h, 7), "precondition_failed If-Match");
  EXPECT_EQ(snooze(open, now + 1h), "");
  EXPECT_EQ(store.kept.at(open).status, "snoozed");
  EXPECT_EQ(store.patch.snoozed_until.value, now + 1h);
}

}  // namespace
}  // namespace salesflow::tasks
