// A salesperson's tasks, from "call Eva" to the next week's call, over HTTP.
#include <set>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

using TasksStory = ServerStory;

TEST_F(TasksStory, ATaskIsMadeFoundSnoozedCompletedAndComesBackNextWeek) {
  const auto anna = server().sign_up("anna@example.com");
  const auto made = server().call("POST", "/api/tasks", anna.token,
                                  R"({"title":"Eva anrufen","type":"call","priority":"high",)"
                                  R"("due_at":"2026-01-05T09:00:00Z","recurrence_rule":"weekly","tags":["heiß"]})");
  ASSERT_EQ(made.status, 201) << made.raw.body;
  EXPECT_EQ(made.header("ETag"), "\"v1\"");
  EXPECT_EQ(made.body.at("assigned_to").as_string(), anna.user_id);
  EXPECT_TRUE(made.body.at("is_recurring").as_bool());
  const std::string path = "/api/tasks/" + std::string(made.body.at("id").as_string());

  const auto due = server().get("/api/tasks/due", anna.token);
  ASSERT_EQ(due.status, 200) << due.raw.body;
  EXPECT_EQ(due.body.at("overdue_total").as_int64(), 1);
  const auto list = server().get("/api/tasks?status=pending&status=in_progress&type=call&overdue=true", anna.token);
  EXPECT_EQ(list.body.at("total").as_int64(), 1);
  EXPECT_EQ(list.body.at("pages").as_int64(), 1);
  EXPECT_EQ(list.body.at("items").at(0), made.body);
  EXPECT_EQ(server().get("/api/tasks", anna.token).body.at("total").as_int64(), 1);

  const auto snoozed = server().call("POST", path + "/snooze", anna.token, R"({"days":2})");
  ASSERT_EQ(snoozed.status, 200) << snoozed.raw.body;
  EXPECT_EQ(snoozed.body.at("status").as_string(), "snoozed");
  EXPECT_EQ(server().get("/api/tasks/due", anna.token).body.at("due_total").as_int64(), 0);
  database.run("UPDATE tasks SET snoozed_until = now() - interval '1 second'");
  const auto awake = server().get(path, anna.token);
  EXPECT_EQ(awake.body.at("status").as_string(), "pending");
  EXPECT_EQ(awake.header("ETag"), "") << "its version says nothing about its status";
  EXPECT_EQ(server().get("/api/tasks/due", anna.token).body.at("due_total").as_int64(), 1);

  const auto changed = server().call("PATCH", path, anna.token, R"({"description":"wegen Angebot","tags":null})");
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_TRUE(changed.body.at("tags").as_array().empty());
  const auto done = server().call("POST", path + "/complete", anna.token);
  ASSERT_EQ(done.status, 200) << done.raw.body;
  EXPECT_EQ(done.body.at("task").at("status").as_string(), "completed");
  const std::string next(done.body.at("next_task_id").as_string());
  const auto again = server().call("POST", path + "/complete", anna.token);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body.at("task"), done.body.at("task"));
  EXPECT_TRUE(again.body.at("next_task_id").is_null());
  const auto following = server().get("/api/tasks/" + next, anna.token);
  EXPECT_EQ(following.body.at("title").as_string(), "Eva anrufen");
  EXPECT_EQ(following.body.at("parent_task_id"), made.body.at("id"));
  EXPECT_EQ(std::string(following.body.at("due_at").as_string()).substr(10), "T09:00:00.000000Z");

  const auto stale = server().call("DELETE", path, anna.token, {}, {{"If-Match", "\"v1\""}});
  EXPECT_EQ(stale.status, 412) << stale.raw.body;
  EXPECT_EQ(server().call("DELETE", path, anna.token).status, 204);
  EXPECT_EQ(server().get(path, anna.token).status, 404);
  EXPECT_TRUE(server().get("/api/tasks/" + next, anna.token).body.at("parent_task_id").is_null());
}

TEST_F(TasksStory, AnotherOrganisationGetsFourOhFour) {
  const auto anna = server().sign_up("anna@example.com"), ben = server().sign_up("ben@example.com");
  const auto made = server().call("POST", "/api/tasks", anna.token, R"({"title":"x","due_at":"2026-01-05T09:00:00Z"})");
  const std::string path = "/api/tasks/" + std::string(made.body.at("id").as_string());
  EXPECT_EQ(server().get(path, ben.token).status, 404);
  EXPECT_EQ(server().call("PATCH", path, ben.token, R"({"title":"y"})").status, 404);
  EXPECT_EQ(server().call("POST", path + "/complete", ben.token).status, 404);
  EXPECT_EQ(server().call("POST", path + "/snooze", ben.token, R"({"days":1})").status, 404);
  EXPECT_EQ(server().call("DELETE", path, ben.token).status, 404);
  EXPECT_EQ(server().get("/api/tasks", ben.token).body.at("total").as_int64(), 0);
}

TEST_F(TasksStory, PagesFollowTheLinkToTheEndInEveryOrder) {
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "INSERT INTO tasks (org_id, title, due_at, priority, created_at) SELECT org_id, 't' || i, now() + i / 4 * "
      "interval "
      "'1 hour', (ARRAY['low','normal','high','urgent'])[1 + i % 4], now() - i / 3 * interval '1 second' FROM "
      "org_members, "
      "generate_series(1, 61) AS i");
  for (const char* order : {"due_at&sort_order=asc", "due_at&sort_order=desc", "created_at&sort_order=asc",
                            "created_at&sort_order=desc", "priority&sort_order=asc", "priority&sort_order=desc"}) {
    std::set<std::string> ids;
    std::string target = "/api/tasks?per_page=10&sort_by=" + std::string(order);
    int pages = 0;
    for (; !target.empty() && pages < 20; ++pages) {
      const auto page = server().get(target, anna.token);
      ASSERT_EQ(page.status, 200) << page.raw.body;
      EXPECT_EQ(page.body.at("total").as_int64(), 61);
      for (const auto& task : page.body.at("items").as_array())
        EXPECT_TRUE(ids.insert(std::string(task.at("id").as_string())).second);
      const std::string link = page.header("Link");
      target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    EXPECT_EQ(ids.size(), 61u) << order;
    EXPECT_EQ(pages, 7) << order;
  }
  const auto second = server().get("/api/tasks?page=7&per_page=10", anna.token);
  EXPECT_EQ(second.body.at("items").as_array().size(), 1u);
  const auto beyond = server().get("/api/tasks?page=8&per_page=10", anna.token);
  EXPECT_EQ(beyond.status, 422);
  EXPECT_EQ(beyond.first_field(), "query.page");
}

TEST_F(TasksStory, BadInputIsRefusedByName) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string stranger = "0192f3a0-0000-7000-8000-000000000001";
  const auto made = server().call("POST", "/api/tasks", anna.token, R"({"title":"x","due_at":"2026-01-05T09:00:00Z"})");
  const std::string id(made.body.at("id").as_string()), path = "/api/tasks/" + id;
  const std::string with = R"({"title":"x","due_at":"2026-01-05T09:00:00Z",)";
  struct Case {
    std::string method, target, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"POST", "/api/tasks", "{", 400, "body"},
      {"POST", "/api/tasks", R"({"due_at":"2026-01-05T09:00:00Z"})", 422, "title"},
      {"POST", "/api/tasks", R"({"title":"","due_at":"2026-01-05T09:00:00Z"})", 422, "title"},
      {"POST", "/api/tasks", R"({"title":")" + std::string(201, 'x') + R"(","due_at":"2026-01-05T09:00:00Z"})", 422,
       "title"},
      {"POST", "/api/tasks", R"({"title":"x","due_at":"tomorrow"})", 422, "due_at"},
      {"POST", "/api/tasks", with + R"("type":"fax"})", 422, "type"},
      {"POST", "/api/tasks", with + R"("priority":"HIGH"})", 422, "priority"},
      {"POST", "/api/tasks", with + R"("status":"completed"})", 422, "status"},
      {"POST", "/api/tasks", with + R"("status":"snoozed"})", 422, "snoozed_until"},
      {"POST", "/api/tasks", with + R"("is_recurring":true})", 422, "recurrence_rule"},
      {"POST", "/api/tasks", with + R"("recurrence_rule":"FREQ=YEARLY"})", 422, "recurrence_rule"},
      {"POST", "/api/tasks", with + R"("contact_id":")" + stranger + "\"}", 422, "contact_id"},
      {"POST", "/api/tasks", with + R"("deal_id":")" + stranger + "\"}", 422, "deal_id"},
      {"POST", "/api/tasks", with + R"("parent_task_id":")" + stranger + "\"}", 422, "parent_task_id"},
      {"POST", "/api/tasks", with + R"("assigned_to":")" + stranger + "\"}", 422, "assigned_to"},
      {"POST", "/api/tasks", with + R"("contact_id":"x"})", 422, "contact_id"},
      {"POST", "/api/tasks", with + R"("tags":["x",1]})", 422, "tags[1]"},
      {"PATCH", path, "{}", 422, "body"},
      {"PATCH", path, R"({"title":null})", 422, "title"},
      {"PATCH", path, R"({"due_at":null})", 422, "due_at"},
      {"PATCH", path, R"({"parent_task_id":")" + id + "\"}", 422, "parent_task_id"},
      {"PATCH", path, R"({"is_recurring":true})", 422, "recurrence_rule"},
      {"PATCH", path, R"({"snoozed_until":"2030-01-01T00:00:00Z"})", 422, "snoozed_until"},
      {"PATCH", "/api/tasks/x", R"({"title":"y"})", 400, "path.task_id"},
      {"PATCH", "/api/tasks/" + stranger, R"({"title":"y"})", 404, "task_id"},
      {"POST", path + "/snooze", "{}", 422, "until"},
      {"POST", path + "/snooze", R"({"days":1,"until":"2030-01-01T00:00:00Z"})", 422, "until"},
      {"POST", path + "/snooze", R"({"until":"2020-01-01T00:00:00Z"})", 422, "until"},
      {"POST", path + "/snooze", R"({"days":366})", 422, "days"},
      {"POST", "/api/tasks/" + stranger + "/complete", "", 404, "task_id"},
      {"GET", "/api/tasks?status=done", "", 422, "query.status"},
      {"GET", "/api/tasks?sort_by=title", "", 422, "query.sort_by"},
      {"GET", "/api/tasks?sort_order=up", "", 422, "query.sort_order"},
      {"GET", "/api/tasks?per_page=101", "", 422, "query.per_page"},
      {"GET", "/api/tasks?page=0", "", 422, "query.page"},
      {"GET", "/api/tasks?page=1000&per_page=100", "", 422, "query.page"},
      {"GET", "/api/tasks?due_before=soon", "", 422, "query.due_before"},
      {"GET", "/api/tasks?assigned_to=me", "", 422, "query.assigned_to"},
      {"GET", "/api/tasks?cursor=x", "", 400, "query.cursor"},
      {"GET", "/api/tasks?count=some", "", 422, "query.count"},
      {"GET", "/api/tasks/due?cursor=x", "", 400, "query.cursor"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.method + " " + one.target + " " + one.body);
    const auto answer = server().call(one.method, one.target, anna.token, one.body);
    EXPECT_EQ(answer.status, one.status) << answer.raw.body;
    EXPECT_EQ(answer.first_field(), one.field) << answer.raw.body;
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM tasks WHERE row_version = 1").integer(), 1) << "nothing was changed";
}

}  // namespace
}  // namespace salesflow::test
