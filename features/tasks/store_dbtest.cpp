// Tasks on a real PostgreSQL: what a list shows, what an end leaves behind, and what two at once may do.
#include <gtest/gtest.h>

#include <set>

#include "features/tasks/store.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::tasks {
namespace {

using namespace std::chrono_literals;

TimePoint noon() {
  return *parse_rfc3339("2026-11-23T12:00:00Z");
}

class TasksStore : public testing::Test {
 protected:
  TasksStore() {
    me_ = database_.create_account("anna@example.com");
    other_ = database_.create_account("ben@example.com");
    database_.run("INSERT INTO contacts (id, org_id, name) VALUES ($1, $2, 'Eva')",
                  {contact_.to_string(), me_.org_id.to_string()});
  }
  RequestContext request(const test::TestDatabase::Account& account) const {
    RequestContext request;
    request.identity.user_id = account.user_id;
    request.identity.org_id = account.org_id;
    request.deadline = std::chrono::steady_clock::now() + 30s;
    return request;
  }
  RequestContext mine() const { return request(me_); }

  Uuid create(NewTask task) {
    if (task.title.empty())
      task.title = "Call";
    if (task.due_at == TimePoint{})
      task.due_at = noon();
    auto request = mine();
    auto made = rig_.run(tasks_.create_task(request, std::move(task)));
    EXPECT_TRUE(made && *made) << (made ? "" : made.error().public_detail + made.error().log_detail);
    return made && *made ? (*made)->id : Uuid{};
  }
  std::vector<Uuid> list(TaskFilter filter, TaskOrder order = {}, std::int64_t per_page = 100,
                         CountMode count = CountMode::capped, std::optional<std::int64_t>* total = nullptr) {
    std::vector<Uuid> ids;
    std::string cursor;
    do {
      auto request = mine();
      auto page = rig_.run(tasks_.list_tasks(request, filter, order, {cursor, per_page, 0, count}));
      EXPECT_TRUE(page) << page.error().log_detail << page.error().public_detail;
      if (!page)
        break;
      for (const auto& row : page->items)
        ids.push_back(row.id);
      if (total && cursor.empty())
        *total = page->total;
      EXPECT_EQ(request.statements, 1u);
      cursor = page->next_cursor.value_or("");
    } while (!cursor.empty());
    return ids;
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  test::TestDatabase database_;
  const Uuid contact_ = Uuid::v7();
  test::TestDatabase::Account me_, other_;
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Tasks tasks_{*store_, noon};
};

/// Nobody writes: a list says when it will be another one.
TEST_F(TasksStore, AListEndsWhenATaskComesBackOrIsOverdue) {
  Tasks tasks(*store_, system_now);
  const auto now = std::chrono::floor<std::chrono::seconds>(system_now());
  const auto make = [&](std::chrono::seconds due, std::optional<std::chrono::seconds> rest) {
    NewTask task;
    task.due_at = now + due;
    task.assigned_to = me_.user_id;
    if (rest)
      task.status = Status::snoozed, task.snoozed_until = now + *rest;
    return create(std::move(task));
  };
  const auto has_passed = [](TimePoint instant) { return instant <= system_now(); };
  std::size_t shown = 0;
  const auto due_ends = [&] {
    auto request = mine();
    const auto page = rig_.run(tasks.list_due(request, now + 1h, "", 50));
    EXPECT_TRUE(page) << page.error().log_detail;
    shown = page->items.rows.size();
    return request.valid_until;
  };
  const auto list_ends = [&](TaskFilter filter) {
    auto request = mine();
    EXPECT_TRUE(rig_.run(tasks.list_tasks(request, std::move(filter), {}, {"", 50, 0, CountMode::none})));
    return request.valid_until;
  };
  EXPECT_EQ(due_ends(), TimePoint::max()) << "an empty list stays empty, too";
  EXPECT_EQ(shown, 0u);
  EXPECT_EQ(list_ends({}), TimePoint::max());
  make(-2h, std::nullopt);
  EXPECT_EQ(due_ends(), TimePoint::max()) << "what is overdue stays so";
  make(30min, std::nullopt);
  EXPECT_EQ(due_ends(), now + 30min);
  make(-1h, 20min);
  EXPECT_EQ(due_ends(), now + 20min);
  EXPECT_EQ(list_ends({}), now + 20min);
  make(2h, 10min);
  EXPECT_EQ(due_ends(), now + 20min) << "due after today";
  make(-1h, 3s);
  EXPECT_EQ(due_ends(), now + 3s);
  EXPECT_EQ(list_ends({}), now + 3s);
  EXPECT_EQ(shown, 2u);
  EXPECT_TRUE(test::wait_until([&] { return due_ends() == now + 20min; }));
  EXPECT_EQ(shown, 3u) << "and then it is another one";
  EXPECT_EQ(list_ends({}), now + 10min);
  // Which tasks are pending changes with time, which are done does not; a contact's list as well.
  TaskFilter filter;
  filter.statuses = {Status::pending};
  EXPECT_TRUE(has_passed(list_ends(filter)));
  filter.statuses = {Status::completed};
  EXPECT_EQ(list_ends(filter), TimePoint::max());
  filter.statuses = {};
  filter.overdue = true;
  EXPECT_TRUE(has_passed(list_ends(filter)));
  TaskFilter of_contact;
  of_contact.contact_id = contact_;
  EXPECT_EQ(list_ends(of_contact), TimePoint::max());
  // Whoever does not say when today ends has a day of UTC.
  auto request = mine();
  EXPECT_TRUE(rig_.run(tasks.list_due(request, std::nullopt, "", 50)));
  EXPECT_LE(request.valid_until, std::chrono::floor<std::chrono::days>(system_now()) + std::chrono::days(1));
}

TEST_F(TasksStore, EveryFilterAndOrderShowsExactlyItsTasksOnPagesOfAnySize) {
  struct Made {
    Uuid id;
    NewTask task;
    int place;
  };
  std::vector<Made> made;
  for (const Status status : {Status::pending, Status::in_progress, Status::cancelled, Status::snoozed}) {
    for (const Type type : {Type::call, Type::email}) {
      for (const Priority priority : {Priority::low, Priority::urgent, Priority::high, Priority::normal}) {
        NewTask task;
        task.status = status;
        task.type = type;
        task.priority = priority;
        task.due_at = noon() + std::chrono::hours(static_cast<int>(made.size() * 7) % 5 - 2);
        if (status == Status::snoozed)
          task.snoozed_until = system_now() + 24h;
        if (made.size() % 2 == 0)
          task.contact_id = contact_;
        if (made.size() % 3 == 0)
          task.assigned_to = me_.user_id;
        made.push_back({create(task), task, static_cast<int>(made.size())});
      }
    }
  }
  const auto rank = [](Priority priority) { return 3 - static_cast<int>(priority); };
  for (const SortBy by : {SortBy::due_at, SortBy::created_at, SortBy::priority}) {
    for (const SortOrder order : {SortOrder::asc, SortOrder::desc}) {
      for (int mask = 0; mask < 128; ++mask) {
        TaskFilter filter;
        if (mask & 1)
          filter.statuses = {Status::pending, Status::snoozed};
        if (mask & 2)
          filter.types = {Type::email};
        if (mask & 4)
          filter.priorities = {Priority::urgent, Priority::low};
        if (mask & 8)
          filter.assigned_to = me_.user_id;
        if (mask & 16)
          filter.contact_id = contact_;
        if (mask & 32)
          filter.due_after = noon(), filter.due_before = noon() + 2h;
        if (mask & 64)
          filter.overdue = true;
        std::vector<Made> wanted;
        const auto holds = [](const auto& list, auto value) {
          return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
        };
        for (const Made& one : made) {
          const NewTask& t = one.task;
          if (holds(filter.statuses, t.status) && holds(filter.types, t.type) && holds(filter.priorities, t.priority) &&
              (!filter.assigned_to || t.assigned_to == filter.assigned_to) &&
              (!filter.contact_id || t.contact_id == filter.contact_id) &&
              (!filter.due_after || (t.due_at >= *filter.due_after && t.due_at < *filter.due_before)) &&
              (!filter.overdue ||
               (t.due_at < noon() && (t.status == Status::pending || t.status == Status::in_progress)))) {
            wanted.push_back(one);
          }
        }
        std::sort(wanted.begin(), wanted.end(), [&](const Made& a, const Made& b) {
          const auto key = [&](const Made& m) {
            return by == SortBy::created_at ? std::tuple(0, TimePoint{}, m.id)
                   : by == SortBy::due_at   ? std::tuple(0, m.task.due_at, m.id)
                                            : std::tuple(rank(m.task.priority), m.task.due_at, m.id);
          };
          const bool down = (order == SortOrder::desc) != (by == SortBy::priority);
          return down ? key(b) < key(a) : key(a) < key(b);
        });
        std::vector<Uuid> ids;
        for (const Made& one : wanted)
          ids.push_back(one.id);
        std::optional<std::int64_t> total;
        ASSERT_EQ(list(filter, {by, order}, 3, CountMode::capped, &total), ids)
            << mask << enum_name(by) << enum_name(order);
        ASSERT_EQ(total, static_cast<std::int64_t>(ids.size())) << mask;
      }
    }
  }
}

TEST_F(TasksStore, ASnoozedTaskComesBackWhenItsTimeHasCome) {
  NewTask task;
  task.assigned_to = me_.user_id;
  const Uuid id = create(task);
  auto request = mine();
  ASSERT_TRUE(rig_.run(tasks_.snooze_task(request, id, noon() + 48h, {})));
  const auto due = [&] {
    auto request = mine();
    auto page = rig_.run(tasks_.list_due(request, system_now() + 24h * 400, "", 10));
    EXPECT_TRUE(page) << page.error().log_detail;
    return page->items.size();
  };
  TaskFilter pending;
  pending.statuses = {Status::pending};
  database_.run("UPDATE tasks SET snoozed_until = now() + interval '1 hour'");
  EXPECT_EQ(due(), 0u);
  EXPECT_EQ(list(pending).size(), 0u);
  database_.run("UPDATE tasks SET snoozed_until = now() - interval '1 second'");
  EXPECT_EQ(due(), 1u);
  EXPECT_EQ(list(pending).size(), 1u);
  const auto found = rig_.run(tasks_.get_task(request, id));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->status, "pending");
  EXPECT_TRUE((*found)->is_awake());
}

TEST_F(TasksStore, ManyWhoCompleteAtOnceLeaveOneSuccessorAndOneActivity) {
  NewTask task;
  task.contact_id = contact_;
  task.recurrence_rule = "weekly";
  const Uuid id = create(task);
  int ended = 0;
  std::set<std::string> successors;
  const auto complete = [&]() -> Task<void> {
    auto request = mine();
    auto done = co_await tasks_.complete_task(request, id, {});
    EXPECT_TRUE(done) << done.error().public_detail << done.error().log_detail;
    if (done && (*done)->next_task_id)
      successors.insert((*done)->next_task_id->to_string());
    EXPECT_TRUE(done && (*done)->status == "completed");
  };
  for (int i = 0; i < 12; ++i)
    rig_.start(complete(), ended);
  ASSERT_TRUE(rig_.run_until([&] { return ended == 12; }));
  EXPECT_EQ(successors.size(), 1u);
  EXPECT_EQ(value("SELECT count(*) FROM tasks"), "2");
  EXPECT_EQ(value("SELECT count(*) FROM activities WHERE type = 'task_completed'"), "1");
  EXPECT_EQ(value("SELECT due_at = '2026-11-30T12:00:00Z' AND parent_task_id = '" + id.to_string() +
                  "' AND is_recurring AND completed_at IS NULL FROM tasks WHERE status = 'pending'"),
            "t");
}

TEST_F(TasksStore, AChangeToCompletedEndsTheTaskAsWellAndAStaleOneDoesNot) {
  NewTask task;
  task.recurrence_rule = "FREQ=DAILY;INTERVAL=2";
  const Uuid id = create(task);
  auto request = mine();
  TaskPatch patch;
  patch.status = Status::completed;
  auto stale = rig_.run(tasks_.patch_task(request, id, patch, 7));
  ASSERT_TRUE(stale.has_error());
  EXPECT_EQ(stale.error().code, Errc::precondition_failed);
  auto done = rig_.run(tasks_.patch_task(request, id, patch, 1));
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_TRUE((*done)->completed_at);
  EXPECT_TRUE((*done)->next_task_id);
  // Reopened, it may end again: then there is another successor, as there was another end.
  patch.status = Status::pending;
  auto reopened = rig_.run(tasks_.patch_task(request, id, patch, {}));
  ASSERT_TRUE(reopened);
  EXPECT_FALSE((*reopened)->completed_at);
}

TEST_F(TasksStore, TwoThatMakeEachOtherTheParentMakeNoCircle) {
  for (int round = 0; round < 10; ++round) {
    const Uuid a = create({}), b = create({});
    int ended = 0, changed = 0;
    const auto put_below = [&](Uuid task, Uuid parent) -> Task<void> {
      auto request = mine();
      TaskPatch patch;
      patch.parent_task_id.present = true;
      patch.parent_task_id.value = parent;
      auto done = co_await tasks_.patch_task(request, task, std::move(patch), {});
      if (done) {
        ++changed;
      } else {
        EXPECT_EQ(done.error().code, Errc::invalid_argument) << done.error().log_detail;
        EXPECT_EQ(done.error().errors.at(0).field, "parent_task_id");
      }
    };
    rig_.start(put_below(a, b), ended);
    rig_.start(put_below(b, a), ended);
    ASSERT_TRUE(rig_.run_until([&] { return ended == 2; }));
    EXPECT_EQ(changed, 1);
  }
}

TEST_F(TasksStore, AReferenceToAnotherOrganisationIsRefusedByNameAndNothingOfItIsSeen) {
  const Uuid theirs = Uuid::v7();
  database_.run("INSERT INTO contacts (id, org_id, name) VALUES ($1, $2, 'Eva')",
                {theirs.to_string(), other_.org_id.to_string()});
  database_.run("INSERT INTO deals (id, org_id, title) VALUES ($1, $2, 'Deal')",
                {theirs.to_string(), other_.org_id.to_string()});
  database_.run("INSERT INTO tasks (id, org_id, title, due_at) VALUES ($1, $2, 'Task', now())",
                {theirs.to_string(), other_.org_id.to_string()});
  const Uuid id = create({});
  struct Case {
    const char* field;
    std::optional<Uuid> NewTask::*in_new;
    Patch<Uuid> TaskPatch::*in_patch;
    Uuid value;
  };
  const Case cases[] = {{"contact_id", &NewTask::contact_id, &TaskPatch::contact_id, theirs},
                        {"deal_id", &NewTask::deal_id, &TaskPatch::deal_id, theirs},
                        {"assigned_to", &NewTask::assigned_to, &TaskPatch::assigned_to, other_.user_id},
                        {"parent_task_id", &NewTask::parent_task_id, &TaskPatch::parent_task_id, theirs}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.field);
    NewTask task;
    task.title = "x";
    task.due_at = noon();
    task.*one.in_new = one.value;
    TaskPatch patch;
    (patch.*one.in_patch).present = true;
    (patch.*one.in_patch).value = one.value;
    auto request = mine();
    const auto created = rig_.run(tasks_.create_task(request, task));
    const auto changed = rig_.run(tasks_.patch_task(request, id, patch, {}));
    ASSERT_TRUE(created.has_error());
    ASSERT_TRUE(changed.has_error());
    for (const Error& error : {created.error(), changed.error()}) {
      EXPECT_EQ(error.code, Errc::invalid_argument);
      EXPECT_EQ(error.errors.at(0).field, one.field);
    }
  }
  auto request = mine();
  EXPECT_EQ(rig_.run(tasks_.get_task(request, theirs)).error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(tasks_.delete_task(request, theirs, {})).error().code, Errc::not_found);
  EXPECT_EQ(list({}).size(), 1u);
  EXPECT_EQ(value("SELECT count(*) FROM tasks WHERE title = 'Task' AND status = 'pending'"), "1");
}

}  // namespace
}  // namespace salesflow::tasks
