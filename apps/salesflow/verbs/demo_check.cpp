#include "apps/salesflow/verbs/demo_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>

#include "apps/salesflow/terminal/http_client.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using cluster::SqlSession;
using std::chrono::steady_clock;

constexpr std::string_view list_path = "/api/autopilot/message-events";
constexpr std::string_view event_path = "/api/autopilot/message-event";
constexpr std::int64_t page_rows = 50;
constexpr const char* no_filter = "";

/// A step that did not see what it expected; ends that step, not the others.
struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void expect(bool condition, const std::string& what) {
  if (!condition) {
    throw Mismatch(what);
  }
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  expect(found != nullptr, fmt::format("the answer has no \"{}\"", key));
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

const json::array& array_of(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  expect(found != nullptr && found->is_array(), fmt::format("the answer has no list \"{}\"", key));
  return found->as_array();
}

class Check {
 public:
  Check(DemoSite& site, int port) : site_(site), port_(port), client_(port), sql_(connect(site)) {
    user_id_ = sql_.run("SELECT id FROM users WHERE email = $1", {site.email()}).value().value();
  }

  bool run() {
    fmt::print("\n  Checking {}\n\n", site_.email());
    step("the server is up", &Check::is_up);
    step("login", &Check::log_in);
    if (failures_ > 0) {
      return false;
    }
    step("without a token", &Check::refuses_strangers);
    step("first page", &Check::lists);
    step("every combination of filters", &Check::filters);
    step("all pages", &Check::pages);
    step("create", &Check::creates);
    step("change its status", &Check::changes_status);
    step("another user's event", &Check::hides_foreign_events);
    step("what waits, oldest first", &Check::lists_pending);
    fmt::print("\n  {}: {} requests in {:.1f} s\n", failures_ == 0 ? "all right" : "NOT all right", requests_,
               std::chrono::duration<double>(steady_clock::now() - start_).count());
    return failures_ == 0;
  }

 private:
  static SqlSession connect(DemoSite& site) {
    SqlSession session = SqlSession::connect(site.url(cluster::Login::superuser)).value();
    session.run("SET timezone = 'UTC'").value();
    return session;
  }

  void step(std::string_view name, std::string (Check::*action)()) {
    const auto start = steady_clock::now();
    std::string seen;
    bool right = false;
    try {
      seen = (this->*action)();
      right = true;
    } catch (const std::exception& error) {
      seen = error.what();
      ++failures_;
    }
    const double took_ms = std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
    fmt::print("  {} {:30} {:>9.1f} ms  {}\n", right ? "✓" : "✗", name, took_ms, seen);
    std::fflush(stdout);
  }

  HttpAnswer send(std::string_view method, const std::string& target, std::string_view body = {},
                  std::string_view content_type = "application/json") {
    ++requests_;
    Result<HttpAnswer> answer = client_.send(method, target, body, content_type);
    if (!answer) {
      throw Mismatch(fmt::format("{} {}: {}", method, target, answer.error().public_detail));
    }
    return std::move(*answer);
  }

  json::object expect_object(std::string_view method, const std::string& target, std::string_view body = {},
                             std::string_view content_type = "application/json") {
    const HttpAnswer answer = send(method, target, body, content_type);
    expect(answer.status == 200,
           fmt::format("{} {} answered {}: {}", method, target, answer.status, answer.body.substr(0, 300)));
    json::error_code unreadable;
    json::value parsed = json::parse(answer.body, unreadable);
    expect(!unreadable && parsed.is_object(), fmt::format("{} {} answered no JSON object", method, target));
    return std::move(parsed.as_object());
  }

  std::int64_t count(const std::string& condition) {
    return sql_.run("SELECT count(*) FROM message_events WHERE user_id = '" + user_id_ + "'" + condition)
        .value()
        .integer();
  }

  std::string is_up() {
    expect(send("GET", "/health").status == 200, "/health is not 200");
    expect(send("GET", "/readyz").status == 200, "/readyz is not 200");
    return "/health and /readyz";
  }

  std::string log_in() {
    const std::string form =
        "username=" + cluster::percent_encode(site_.email()) + "&password=" + cluster::percent_encode(site_.password());
    const json::object answer = expect_object("POST", "/api/auth/login", form, "application/x-www-form-urlencoded");
    client_.use_token(text_of(answer, "access_token"));
    expect(text_of(answer.at("user").as_object(), "id") == user_id_, "the token is another user's");
    return "token for " + user_id_;
  }

  std::string refuses_strangers() {
    HttpClient stranger(port_);
    const Result<HttpAnswer> answer = stranger.get(list_path);
    ++requests_;
    expect(answer && answer->status == 401, "was not refused with 401");
    return "401";
  }

  std::string lists() {
    const json::object page = expect_object("GET", fmt::format("{}?limit={}", list_path, page_rows));
    const auto expected = std::min(page_rows, count(""));
    expect(static_cast<std::int64_t>(array_of(page, "events").size()) == expected, "not a full page");
    expect(text_of(page, "count") == std::to_string(expected), "count differs from the events");
    return fmt::format("{} events", expected);
  }

  std::string filters() {
    // All combinations' counts in one pass; '' stands for "any".
    std::map<std::vector<std::string>, std::int64_t> expected;
    const std::string contact =
        sql_.run(
                "SELECT contact_id FROM message_events WHERE user_id = $1 AND contact_id IS NOT NULL "
                "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
                {user_id_})
            .value()
            .value();
    for (const bool one_contact : {false, true}) {
      const auto rows = sql_.run(
          "SELECT coalesce(autopilot_status, ''), coalesce(channel, ''), coalesce(direction, ''), count(*) "
          "FROM message_events WHERE user_id = $1 AND ($2 = '' OR contact_id::text = $2) "
          "GROUP BY CUBE (autopilot_status, channel, direction)",
          {user_id_, one_contact ? contact : ""});
      for (const auto& row : rows.value().rows) {
        expected[{*row[0], *row[1], *row[2], one_contact ? contact : ""}] = std::stoll(*row[3]);
      }
    }
    int combinations = 0;
    for (const char* status : {no_filter, "pending", "suggested", "approved", "sent", "skipped"}) {
      for (const char* channel : {no_filter, "email", "whatsapp", "instagram", "linkedin", "facebook", "internal"}) {
        for (const char* direction : {no_filter, "inbound", "outbound"}) {
          for (const std::string& contact_id : {std::string(), contact}) {
            expect_page(
                {{"status", status}, {"channel", channel}, {"direction", direction}, {"contact_id", contact_id}},
                expected[{status, channel, direction, contact_id}]);
            ++combinations;
          }
        }
      }
    }
    return fmt::format("{} combinations agree with SQL", combinations);
  }

  void expect_page(const std::map<std::string, std::string>& wanted, std::int64_t rows) {
    std::string target = fmt::format("{}?limit={}", list_path, page_rows);
    for (const auto& [name, value] : wanted) {
      target += value.empty() ? "" : fmt::format("&{}={}", name, value);
    }
    const json::object page = expect_object("GET", target);
    const json::array& events = array_of(page, "events");
    expect(static_cast<std::int64_t>(events.size()) == std::min(rows, page_rows),
           fmt::format("{} gave {} events, SQL has {}", target, events.size(), rows));
    expect(text_of(page, "has_more") == (rows > page_rows ? "true" : "false"), target + ": has_more is wrong");
    std::string last_at = "9";
    for (const json::value& event : events) {
      for (const auto& [name, value] : wanted) {
        expect(value.empty() || text_of(event.as_object(), name == "status" ? "autopilot_status" : name) == value,
               target + " gave an event that does not fit");
      }
      const std::string at = text_of(event.as_object(), "created_at");
      expect(at <= last_at, target + " is not newest first");
      last_at = at;
    }
  }

  std::string pages() {
    const std::int64_t expected = count("");
    std::set<std::string> ids;
    std::string cursor;
    int page_count = 0;
    do {
      const json::object page = expect_object(
          "GET",
          fmt::format("{}?limit=200{}", list_path, cursor.empty() ? "" : "&cursor=" + cluster::percent_encode(cursor)));
      for (const json::value& event : array_of(page, "events")) {
        expect(ids.insert(text_of(event.as_object(), "id")).second, "an event came twice");
      }
      cursor = text_of(page, "has_more") == "true" ? text_of(page, "next_cursor") : "";
      ++page_count;
    } while (!cursor.empty() && page_count <= expected / 200 + 1);
    expect(static_cast<std::int64_t>(ids.size()) == expected,
           fmt::format("{} events on {} pages, SQL has {}", ids.size(), page_count, expected));
    return fmt::format("{} events on {} pages, none twice, as many as SQL has", ids.size(), page_count);
  }

  std::string creates() {
    const std::string text = "Check  👩‍💼 " + random_hex(4) + "\n<b>done</b>";
    const json::object created =
        expect_object("POST", std::string(event_path),
                      json::serialize(json::object{{"channel", "email"}, {"direction", "inbound"}, {"text", text}}));
    created_ = created.at("event").as_object();
    expect(text_of(created_, "autopilot_status") == "pending", "the new event does not wait");
    const json::object page = expect_object("GET", fmt::format("{}?limit=1", list_path));
    const json::array& events = array_of(page, "events");
    expect(!events.empty() && text_of(events.at(0).as_object(), "id") == text_of(created_, "id"),
           "it is not the newest");
    expect(text_of(events.at(0).as_object(), "text") == text, "its text is not as posted");
    return text_of(created_, "id");
  }

  std::string changes_status() {
    expect(!created_.empty(), "there is no new event");
    const std::string id = text_of(created_, "id");
    for (const char* status : {"approved", "skipped"}) {
      const json::object changed = expect_object("PATCH", fmt::format("{}/{}", event_path, id),
                                                 json::serialize(json::object{{"autopilot_status", status}}));
      expect(text_of(changed.at("event").as_object(), "autopilot_status") == status, "the answer has another status");
      const json::object page = expect_object("GET", fmt::format("{}?limit=1&status={}", list_path, status));
      expect(!array_of(page, "events").empty() && text_of(array_of(page, "events").at(0).as_object(), "id") == id,
             fmt::format("it is not first among the {} ones", status));
    }
    expect(count(" AND id = '" + id + "' AND autopilot_status = 'skipped'") == 1, "SQL does not have it so");
    return "pending → approved → skipped";
  }

  std::string hides_foreign_events() {
    const auto foreign = sql_.run("SELECT id FROM message_events WHERE user_id <> $1 LIMIT 1", {user_id_}).value();
    if (foreign.empty()) {
      return "there is no other user";
    }
    const HttpAnswer answer =
        send("PATCH", fmt::format("{}/{}", event_path, foreign.value()), R"({"autopilot_status": "sent"})");
    expect(answer.status == 404, fmt::format("answered {}", answer.status));
    return "404";
  }

  std::string lists_pending() {
    const json::object page = expect_object("GET", fmt::format("{}/pending?limit=20", list_path));
    const auto expected = sql_.run(
                                  "SELECT id FROM message_events WHERE user_id = $1 AND autopilot_status = 'pending' "
                                  "ORDER BY created_at, id LIMIT 20",
                                  {user_id_})
                              .value();
    const json::array& events = array_of(page, "events");
    expect(events.size() == expected.rows.size(), "another number than SQL has");
    for (std::size_t i = 0; i < events.size(); ++i) {
      expect(text_of(events.at(i).as_object(), "id") == expected.value(i), "another order than SQL's");
    }
    return fmt::format("{} events, as SQL has them", events.size());
  }

  DemoSite& site_;
  int port_;
  HttpClient client_;
  SqlSession sql_;
  std::string user_id_;
  json::object created_;
  int failures_ = 0;
  int requests_ = 0;
  const steady_clock::time_point start_ = steady_clock::now();
};

}  // namespace

bool check_demo(DemoSite& site, int port) {
  return Check(site, port).run();
}

}  // namespace salesflow::apps
