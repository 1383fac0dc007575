#include <fmt/format.h>

#include <list>
#include <random>
#include <thread>

#include "platform/core/time.hpp"
#include "tests/consistency/markers.hpp"
#include "tests/consistency/population.hpp"
#include "tests/consistency/threads.hpp"
#include "tests/consistency/wire.hpp"

namespace salesflow::consistency {
namespace {

using std::chrono::milliseconds;

/// How late an answer may say what has become true: the clocks are the same, timers are coarse.
constexpr milliseconds lateness_max{60};
constexpr milliseconds earliness_max{5};

struct DueTask {
  std::string id;
  TimePoint due;            // when lists begin to count it
  bool is_snoozed = false;  // because its rest ends then; else because it is due then
  bool is_there = false;    // surely: made, and nobody has begun to delete it
  bool is_gone = false;     // surely
};

struct ClockView {
  const char* path;
  const char* key;
  const char* within;
};
constexpr ClockView views[] = {
    {"/api/badges", "\"count\":", "\"overdue\":"},
    {"/api/tasks/due?limit=100", "\"overdue_total\":", ""},
    {"/api/tasks?overdue=true&per_page=100", "\"total\":", ""},
};

class ClockWatch {
 public:
  ClockWatch(World& world, Rig& rig, std::uint64_t seed) : world_(world), random_(seed), jar_(true) {
    token_ = "Authorization: Bearer " + make_loner(rig, "clock").token + "\r\n";
    for (const int port : rig.ports())
      clients_.emplace_back(port, milliseconds(8'000));
  }

  void run() {
    while (!world_.stop) {
      tasks_.remove_if([](const DueTask& task) { return task.is_gone; });
      const TimePoint at = system_now();
      std::size_t waiting = 0;
      for (DueTask& task : tasks_) {
        if (task.due > at)
          ++waiting;
        else if (task.is_there && at - task.due > milliseconds(1'500))
          remove(task);
      }
      if (waiting < 2)
        make_task();
      for (int i = 0; i < 20 && !world_.stop; ++i) {
        look();
        std::this_thread::sleep_for(milliseconds(4));
      }
    }
  }

 private:
  PlainClient& any_node() { return clients_[node_ = random_() % clients_.size()]; }

  void make_task() {
    const TimePoint due = system_now() + milliseconds(400 + random_() % 1'600);
    DueTask& task = tasks_.emplace_back();
    task.due = due;
    task.is_snoozed = random_() % 2 == 0;
    const std::string when = format_rfc3339(due);
    const std::string body =
        task.is_snoozed
            ? fmt::format(
                  R"({{"title":"Rests","due_at":"2020-01-01T00:00:00Z","status":"snoozed","snoozed_until":"{}"}})",
                  when)
            : fmt::format(R"({{"title":"Comes","due_at":"{}"}})", when);
    const auto answer = write("POST", "/api/tasks", body);
    const auto at = answer.body.find("\"id\":\"");
    if (answer.status == 201 && at != std::string::npos) {
      task.id = answer.body.substr(at + 6, 36);
      task.is_there = true;
    } else if (answer.status / 100 == 4 && answer.status != 409) {
      task.is_gone = true;
      world_.note_odd(fmt::format("POST /api/tasks answered {}: {}", answer.status, answer.body));
    }
  }

  void remove(DueTask& task) {
    task.is_there = false;
    task.is_gone = write("DELETE", "/api/tasks/" + task.id, "").status == 204;
  }

  PlainClient::Answer write(const char* method, const std::string& path, const std::string& body) {
    std::string headers = token_;
    jar_.append_to(headers);
    auto answer = any_node().ask(method, path, headers, body);
    if (answer.status / 100 == 2 && !jar_.take(answer.view()))
      world_.violate(Rule::no_stamp, fmt::format("  {} {} answered without a stamp\n", method, path));
    return answer;
  }

  void look() {
    const ClockView& view = views[random_() % std::size(views)];
    const bool has_stamps = random_() % 2 == 0;
    std::string headers = token_;
    if (has_stamps)
      jar_.append_to(headers);
    const Nanos began = now();
    const TimePoint from = system_now();
    const auto answer = any_node().ask("GET", view.path, headers);
    const TimePoint to = system_now();
    const auto number = number_behind(answer.body, view.key, view.within);
    if (answer.status != 200 || !number)
      return;
    if (!has_stamps && world_.redis_excuse.covers(began))
      return;
    ++world_.tally.clock_checks;
    std::uint64_t least = 0, most = 0;
    for (const DueTask& task : tasks_) {
      if (task.is_there && task.due + lateness_max <= from)
        ++least;
      if (!task.is_gone && task.due <= to + earliness_max)
        ++most;
    }
    if (*number >= least && *number <= most)
      return;
    std::string story =
        fmt::format("  GET {} through node {}, {}: {} tasks are due, not {} to {}; X-Cache: {}, Age: {}\n", view.path,
                    node_, has_stamps ? "with its stamps" : "without stamps", *number, least, most,
                    answer.view().header("X-Cache"), answer.view().header("Age"));
    for (const DueTask& task : tasks_)
      story += fmt::format("    task {} {} {:.1f} ms after the request was sent{}{}\n", task.id,
                           task.is_snoozed ? "comes back" : "becomes due",
                           std::chrono::duration<double, std::milli>(task.due - from).count(),
                           task.is_there ? "" : ", perhaps deleted", task.is_gone ? ", deleted" : "");
    world_.violate(Rule::clock, story);
  }

  World& world_;
  std::mt19937_64 random_;
  StampJar jar_;
  std::string token_;
  std::vector<PlainClient> clients_;
  std::size_t node_ = 0;
  std::list<DueTask> tasks_;
};

}  // namespace

void watch_the_clock(World& world, Rig& rig, std::uint64_t seed) {
  ClockWatch(world, rig, seed).run();
}

}  // namespace salesflow::consistency
