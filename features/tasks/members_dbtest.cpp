// Tasks on a real PostgreSQL, member by member: what each statement writes and reads, what an end hands on to the
// successor, what is due to whom, and what is refused.
#include <gtest/gtest.h>

#include "features/tasks/store.hpp"
#include "platform/json/write.hpp"
#include "tests/support/json_members.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::tasks {
namespace {

using namespace std::chrono_literals;
using test::members_that_differ;

TimePoint noon() {
  return *parse_rfc3339("2026-11-23T12:00:00Z");
}

template <class T>
Patch<T> to(T value) {
  return {true, std::move(value)};
}

class TaskMembers : public testing::Test {
 protected:
  TaskMembers() {
    act_as(me_);
    const std::string org = me_.org_id.to_string();
    contact_ = *Uuid::parse(
        database_.run("INSERT INTO contacts (org_id, name) VALUES ($1, 'Eva') RETURNING id", {org}).value());
    deal_ = *Uuid::parse(
        database_.run("INSERT INTO deals (org_id, title) VALUES ($1, 'Deal') RETURNING id", {org}).value());
  }
  void act_as(const test::TestDatabase::Account& account) {
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  static NewTask named(std::string title, TimePoint due_at = noon()) {
    NewTask task;
    task.title = std::move(title);
    task.due_at = due_at;
    return task;
  }
  /// A task with every member.
  NewTask whole() {
    NewTask task = named("t1");
    task.type = Type::email;
    task.description = "d1";
    task.priority = Priority::urgent;
    task.status = Status::snoozed;
    task.contact_id = contact_;
    task.deal_id = deal_;
    task.assigned_to = me_.user_id;
    task.parent_task_id = create(named("parent"));
    task.snoozed_until = *parse_rfc3339("2090-01-01T00:00:00Z");
    task.recurrence_rule = "weekly";
    task.tags = {"a", "b"};
    return task;
  }
  Uuid create(NewTask task) {
    const auto made = rig_.run(tasks_.create_task(request_, std::move(task)));
    EXPECT_TRUE(made && *made) << (made ? "" : made.error().public_detail + made.error().log_detail);
    return made && *made ? (*made)->id : Uuid{};
  }
  std::string get(Uuid id) {
    const auto found = rig_.run(tasks_.get_task(request_, id));
    EXPECT_TRUE(found && *found);
    return json::to_json(**found);
  }
  Result<OneRow<ChangedTask>> change(Uuid id, TaskPatch patch, std::optional<std::int64_t> version = {}) {
    return rig_.run(tasks_.patch_task(request_, id, std::move(patch), version));
  }
  template <class Answer>
  static std::string refused(const Answer& answer) {
    return answer ? "nothing" : answer.error().errors.empty() ? "no field" : answer.error().errors[0].field;
  }
  std::string titles(TaskFilter filter) {
    std::string found;
    const auto page = rig_.run(tasks_.list_tasks(request_, std::move(filter), {}, {"", 10, 0, CountMode::exact}));
    EXPECT_TRUE(page) << page.error().log_detail;
    for (const auto& row : page->items)
      found += std::string(row.title) + ' ';
    EXPECT_EQ(page->total, static_cast<std::int64_t>(page->items.size()));
    return found;
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  test::TestDatabase database_;
  const test::TestDatabase::Account me_ = database_.create_account("anna@example.com"),
                                    other_ = database_.create_account("ben@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Tasks tasks_{*store_, noon};
  RequestContext request_;
  Uuid contact_, deal_;
};

TEST_F(TaskMembers, EachIsWrittenToItsColumnAndReadFromItInEveryList) {
  const NewTask task = whole();
  const Uuid id = create(task);
  const auto quoted = [](const std::optional<Uuid>& id) { return '"' + id->to_string() + '"'; };
  const std::string wanted =
      R"({"type":"email","title":"t1","description":"d1","priority":"urgent","due_at":"2026-11-23T12:00:00.000000Z",
          "status":"snoozed","snoozed_until":"2090-01-01T00:00:00.000000Z","is_recurring":true,"recurrence_rule":"weekly",
          "tags":["a","b"],"completed_at":null,"contact_id":)" +
      quoted(contact_) + ",\"deal_id\":" + quoted(deal_) + ",\"assigned_to\":" + quoted(me_.user_id) +
      ",\"created_by\":" + quoted(me_.user_id) + ",\"parent_task_id\":" + quoted(task.parent_task_id) + "}";
  EXPECT_EQ(members_that_differ(database_, wanted, get(id)), "");
  EXPECT_EQ(
      database_
          .run("SELECT count(*) FROM activities WHERE type = 'task_created' AND contact_id = $1 AND deal_id = $2 AND "
               "user_id = $3 AND subject = 't1' AND metadata ->> 'task_id' = $4",
               {contact_.to_string(), deal_.to_string(), me_.user_id.to_string(), id.to_string()})
          .integer(),
      1);
  EXPECT_EQ(value("SELECT count(*) FROM activities"), "1") << "the parent has no contact to log it with";
  // One member after the other is cleared, so that each list must show which is which.
  database_.run("UPDATE tasks SET created_by = NULL, deal_id = NULL WHERE title = 't1'");
  TaskFilter all, of_contact;
  of_contact.contact_id = contact_;
  for (const auto& filter : {all, of_contact}) {
    const auto page = rig_.run(tasks_.list_tasks(request_, filter, {}, {"", 10}));
    ASSERT_TRUE(page) << page.error().log_detail;
    const TaskRow& row = page->items.rows.back();
    EXPECT_EQ(members_that_differ(database_, json::to_json(row), get(id)), "");
  }
}

TEST_F(TaskMembers, AChangeSetsClearsAndKeepsEach) {
  const Uuid id = create(named("t")), parent = create(named("parent"));
  TaskPatch patch;
  patch.type = Type::meeting;
  patch.title = "t2";
  patch.description = to<std::string>("d2");
  patch.priority = Priority::high;
  patch.due_at = noon() + 1h;
  patch.status = Status::snoozed;
  patch.snoozed_until = to(*parse_rfc3339("2090-01-02T00:00:00Z"));
  patch.contact_id = to(contact_);
  patch.deal_id = to(deal_);
  patch.assigned_to = to(me_.user_id);
  patch.parent_task_id = to(parent);
  patch.recurrence_rule = to<std::string>("daily");
  patch.tags = std::vector<std::string>{"c"};
  const auto changed = change(id, patch);
  ASSERT_TRUE(changed) << changed.error().public_detail << changed.error().log_detail;
  const auto quoted = [](const Uuid& id) { return '"' + id.to_string() + '"'; };
  const std::string set =
      R"({"type":"meeting","title":"t2","description":"d2","priority":"high","due_at":"2026-11-23T13:00:00.000000Z",
          "status":"snoozed","snoozed_until":"2090-01-02T00:00:00.000000Z","is_recurring":true,"recurrence_rule":"daily",
          "tags":["c"],"contact_id":)" +
      quoted(contact_) + ",\"deal_id\":" + quoted(deal_) + ",\"assigned_to\":" + quoted(me_.user_id) +
      ",\"parent_task_id\":" + quoted(parent) + "}";
  EXPECT_EQ(members_that_differ(database_, set, get(id)), "");
  TaskPatch renamed;
  renamed.title = "t2";
  ASSERT_TRUE(change(id, renamed));
  EXPECT_EQ(members_that_differ(database_, set, get(id)), "") << "what is not named stays";
  TaskPatch cleared;
  cleared.status = Status::in_progress;
  cleared.description.present = cleared.contact_id.present = cleared.deal_id.present = cleared.assigned_to.present =
      cleared.parent_task_id.present = cleared.recurrence_rule.present = true;
  ASSERT_TRUE(change(id, cleared));
  EXPECT_EQ(members_that_differ(database_,
                                R"({"title":"t2","description":null,"status":"in_progress","snoozed_until":null,
          "is_recurring":false,"recurrence_rule":null,"contact_id":null,"deal_id":null,"assigned_to":null,
          "parent_task_id":null})",
                                get(id)),
            "");
}

TEST_F(TaskMembers, ASuccessorIsTheTaskAgainBelowTheSameParent) {
  const NewTask task = whole();
  const Uuid id = create(task);
  database_.run("DELETE FROM activities");
  const auto done = rig_.run(tasks_.complete_task(request_, id, {}));
  ASSERT_TRUE(done && (*done)->next_task_id);
  EXPECT_FALSE((*done)->snoozed_until) << "what has ended does not rest";
  const auto quoted = [](const std::optional<Uuid>& id) { return '"' + id->to_string() + '"'; };
  EXPECT_EQ(
      members_that_differ(database_,
                          R"({"type":"email","title":"t1","description":"d1","priority":"urgent","status":"pending",
          "due_at":"2026-11-30T12:00:00.000000Z","is_recurring":true,"recurrence_rule":"weekly","tags":["a","b"],
          "snoozed_until":null,"completed_at":null,"contact_id":)" +
                              quoted(contact_) + ",\"deal_id\":" + quoted(deal_) +
                              ",\"assigned_to\":" + quoted(me_.user_id) + ",\"created_by\":" + quoted(me_.user_id) +
                              ",\"parent_task_id\":" + quoted(task.parent_task_id) + "}",
                          get(*(*done)->next_task_id)),
      "");
  EXPECT_EQ(value("SELECT type || (deal_id IS NOT NULL) || subject || (metadata ->> 'task_id') FROM activities"),
            "task_completedtruet1" + id.to_string());
  // Without a contact nothing is logged.
  ASSERT_TRUE(rig_.run(tasks_.complete_task(request_, create(named("alone")), {})));
  EXPECT_EQ(value("SELECT count(*) FROM activities"), "1");
}

TEST_F(TaskMembers, TheChangeThatEndsATaskDecidesWhetherAndWhenItComesBack) {
  NewTask weekly = named("t");
  weekly.recurrence_rule = "weekly";
  TaskPatch end;
  end.status = Status::completed;
  TaskPatch later = end, once = end, daily = end;
  later.due_at = noon() + 24h;
  once.is_recurring = false;
  daily.recurrence_rule = to<std::string>("daily");
  const auto next_of = [&](const TaskPatch& patch) {
    const auto done = change(create(weekly), patch);
    EXPECT_TRUE(done) << done.error().log_detail;
    return done && (*done)->next_task_id
               ? database_
                     .run(
                         "SELECT to_char(due_at AT TIME ZONE 'UTC', 'MM-DD') FROM tasks WHERE "
                         "id = $1",
                         {(*done)->next_task_id->to_string()})
                     .value()
               : "never";
  };
  EXPECT_EQ(next_of(end), "11-30");
  EXPECT_EQ(next_of(later), "12-01");
  EXPECT_EQ(next_of(once), "never");
  EXPECT_EQ(next_of(daily), "11-24");
}

TEST_F(TaskMembers, WhatHasEndedStaysAsItEnded) {
  const Uuid id = create(named("t"));
  ASSERT_TRUE(rig_.run(tasks_.complete_task(request_, id, {})));
  database_.run("UPDATE tasks SET completed_at = '2026-01-01Z'");
  TaskPatch again;
  again.status = Status::completed;
  again.title = "renamed";
  const auto changed = change(id, again);
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ((*changed)->title, "renamed");
  EXPECT_EQ(format_rfc3339(*(*changed)->completed_at), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(rig_.run(tasks_.snooze_task(request_, id, noon() + 1h, {})).error().code, Errc::conflict);
  TaskPatch cancel;
  cancel.status = Status::cancelled;
  ASSERT_TRUE(change(id, cancel));
  EXPECT_EQ(rig_.run(tasks_.complete_task(request_, id, {})).error().code, Errc::conflict);
  EXPECT_EQ(rig_.run(tasks_.snooze_task(request_, id, noon() + 1h, {})).error().code, Errc::conflict);
}

TEST_F(TaskMembers, OnlyTheVersionThatTheCallerSawIsSnoozedEndedOrDeleted) {
  const Uuid id = create(named("t"));
  TaskPatch patch;
  patch.title = "t2";
  ASSERT_TRUE(change(id, patch, 1));
  EXPECT_EQ(change(id, patch, 1).error().code, Errc::precondition_failed);
  EXPECT_EQ(rig_.run(tasks_.snooze_task(request_, id, noon() + 1h, 1)).error().code, Errc::precondition_failed);
  EXPECT_EQ(rig_.run(tasks_.complete_task(request_, id, 1)).error().code, Errc::precondition_failed);
  EXPECT_EQ(rig_.run(tasks_.delete_task(request_, id, 1)).error().code, Errc::precondition_failed);
  EXPECT_EQ(rig_.run(tasks_.delete_task(request_, id, 3)).error().code, Errc::precondition_failed);
  EXPECT_TRUE(rig_.run(tasks_.delete_task(request_, id, 2)));
  EXPECT_EQ(rig_.run(tasks_.delete_task(request_, id, 2)).error().code, Errc::not_found);
}

TEST_F(TaskMembers, NonsenseIsRefusedByName) {
  const Uuid id = create(named("t"));
  const auto made = [&](auto change) {
    NewTask task = named("x");
    change(task);
    return refused(rig_.run(tasks_.create_task(request_, task)));
  };
  EXPECT_EQ(made([](NewTask& t) { t.status = Status::completed; }), "status");
  EXPECT_EQ(made([](NewTask& t) { t.status = Status::snoozed; }), "snoozed_until");
  EXPECT_EQ(made([](NewTask& t) { t.snoozed_until = noon() + 1h; }), "snoozed_until");
  EXPECT_EQ(made([](NewTask& t) { t.is_recurring = true; }), "recurrence_rule");
  const auto changed = [&](auto patch_of) {
    TaskPatch patch;
    patch_of(patch);
    return refused(change(id, patch));
  };
  EXPECT_EQ(changed([](TaskPatch& p) { p.status = Status::snoozed; }), "snoozed_until");
  EXPECT_EQ(changed([](TaskPatch& p) { p.snoozed_until.present = true; }), "snoozed_until");
  EXPECT_EQ(changed([](TaskPatch& p) { p.is_recurring = true; }), "recurrence_rule");
  EXPECT_EQ(changed([](TaskPatch& p) { p.is_recurring = p.recurrence_rule.present = true; }), "recurrence_rule");
  EXPECT_EQ(changed([](TaskPatch& p) { p.recurrence_rule = to<std::string>("never"); }), "recurrence_rule");
  EXPECT_EQ(changed([&](TaskPatch& p) { p.parent_task_id = to(id); }), "parent_task_id");
  EXPECT_EQ(refused(rig_.run(tasks_.snooze_task(request_, id, noon(), {}))), "until");
  EXPECT_EQ(value("SELECT count(*) FROM tasks WHERE row_version = 1"), "1") << "nothing was touched";
}

TEST_F(TaskMembers, StandAHundredLevelsDeepAtMost) {
  database_.run(
      "WITH RECURSIVE chain AS (SELECT 1 AS level, gen_random_uuid() AS id, NULL::uuid AS parent UNION ALL SELECT "
      "level + "
      "1, gen_random_uuid(), id FROM chain WHERE level <= 101) INSERT INTO tasks (id, org_id, title, due_at, "
      "parent_task_id) SELECT id, $1, 'level ' || level, now(), parent FROM chain",
      {me_.org_id.to_string()});
  const auto put_below = [&](const std::string& title) {
    TaskPatch patch;
    patch.parent_task_id = to(*Uuid::parse(database_.run("SELECT id FROM tasks WHERE title = $1", {title}).value()));
    return refused(change(create(named("below")), patch));
  };
  EXPECT_EQ(put_below("level 100"), "nothing");
  EXPECT_EQ(put_below("level 101"), "parent_task_id");
}

TEST_F(TaskMembers, WhatIsDueIsTheCallersOpenTasksInPages) {
  NewTask task = named("", noon() - 1h);
  task.assigned_to = me_.user_id;
  const auto add = [&](std::string title, TimePoint due_at, Status status = Status::pending) {
    task.title = std::move(title);
    task.due_at = due_at;
    task.status = status;
    create(task);
  };
  add("b", noon() - 1h);
  add("c", noon() - 1h, Status::in_progress);
  add("a", noon() - 2h);
  add("d", noon() + 1h);
  add("tomorrow", noon() + 12h);
  add("cancelled", noon() - 1h, Status::cancelled);
  create(named("nobody's", noon() - 1h));
  std::string found, cursor;
  for (int pages = 1; pages <= 4; ++pages) {
    const auto page = rig_.run(tasks_.list_due(request_, std::nullopt, cursor, 1));
    ASSERT_TRUE(page && page->items.size() == 1u) << pages;
    found += page->items.rows[0].title;
    EXPECT_EQ(page->items.rows[0].due_total, 4);
    EXPECT_EQ(page->items.rows[0].overdue_total, 3);
    EXPECT_EQ(page->next_cursor.has_value(), pages < 4);
    cursor = page->next_cursor.value_or("");
  }
  EXPECT_EQ(found, "abcd") << "the longest overdue first, then by age";
  const auto earlier = rig_.run(tasks_.list_due(request_, noon() - 90min, "", 10));
  ASSERT_TRUE(earlier && earlier->items.size() == 1u);
  EXPECT_EQ(earlier->items.rows[0].overdue_total, 1) << "of what is asked for";
  EXPECT_EQ(members_that_differ(database_, json::to_json(static_cast<const TaskRow&>(earlier->items.rows[0])),
                                get(earlier->items.rows[0].id)),
            "");
  const std::string mine = rig_.run(tasks_.list_due(request_, std::nullopt, "", 1))->next_cursor.value();
  act_as(other_);
  EXPECT_TRUE(rig_.run(tasks_.list_due(request_, std::nullopt, "", 10))->items.empty());
  EXPECT_EQ(rig_.run(tasks_.list_due(request_, std::nullopt, mine, 10)).error().code, Errc::malformed);
}

TEST_F(TaskMembers, AListIsOfAContactOrADealOrBoth) {
  const auto add = [&](const char* title, bool contact, bool deal, TimePoint due_at = noon()) {
    NewTask task = named(title, due_at);
    if (contact)
      task.contact_id = contact_;
    if (deal)
      task.deal_id = deal_;
    create(task);
  };
  add("c", true, false);
  add("d", false, true);
  add("cd", true, true);
  add("n", false, false, noon() - 2h);
  TaskFilter contact, deal, overdue, long_overdue;
  contact.contact_id = contact_;
  deal.deal_id = deal_;
  TaskFilter both = contact;
  both.deal_id = deal_;
  overdue.overdue = long_overdue.overdue = true;
  long_overdue.due_before = noon() - 3h;
  const TaskFilter late = overdue;
  EXPECT_EQ(titles({}), "n c d cd ");
  EXPECT_EQ(titles(contact), "c cd ");
  EXPECT_EQ(titles(deal), "d cd ");
  EXPECT_EQ(titles(both), "cd ");
  EXPECT_EQ(titles(overdue), "n ");
  EXPECT_EQ(titles(long_overdue), "");
  overdue.statuses = {Status::completed};
  EXPECT_EQ(titles(overdue), "") << "nothing is overdue and completed";
  // The unfiltered total is that of tasks; a page behind the end has none.
  const auto page = rig_.run(tasks_.list_tasks(request_, {}, {}, {"", 10, 9, CountMode::capped}));
  EXPECT_FALSE(page->total);
  const std::string cursor = rig_.run(tasks_.list_tasks(request_, {}, {}, {"", 1}))->next_cursor.value();
  for (const auto& filter : {contact, deal, both, overdue, long_overdue, late})
    EXPECT_EQ(rig_.run(tasks_.list_tasks(request_, filter, {}, {cursor, 1})).error().code, Errc::malformed);
}

}  // namespace
}  // namespace salesflow::tasks
