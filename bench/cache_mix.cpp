#include <fmt/format.h>

#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "bench/cache_stage.hpp"
#include "bench/http_contestants.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* screens[] = {
    "/api/idps/inbox?limit=25",
    "/api/badges",
    "/api/autopilot/message-events/pending?limit=25",
    "/api/leads?limit=50",
    "/api/contacts?per_page=25",
    "/api/deals/pipeline?per_stage=20",
    "/api/v2/collective-intelligence/analytics/dashboard?days=30",
    "/api/tasks/due",
    "/api/deals?per_page=25",
    "/api/autopilot/message-events?limit=50",
    "/api/leads?sort_by=p_score&limit=25",
    "/api/crm/notes?limit=25",
    "/api/analytics/hot-leads",
    "/api/followups/today",
    "/api/deals/stats/summary",
    "/api/activities?limit=25",
    "/api/analytics/templates",
    "/api/tasks?limit=25",
    "/api/analytics/timeseries?metric=messages&days=30",
    "/api/leads/pending",
};

/// What one writer does, in turns.
HttpCall write_of(const BenchUser& user, std::uint64_t turn) {
  const std::vector<std::pair<std::string, std::string>> headers{bearer(user.token),
                                                                 {"Content-Type", "application/json"}};
  switch (turn % 3) {
    case 0:
      return create_event(user);
    case 1:
      return {"POST", "/api/tasks", headers,
              fmt::format(R"({{"title":"Call {}","due_at":"2099-01-01T09:00:00Z"}})", turn)};
    default:
      return {"POST", "/api/crm/notes", headers, R"({"content":"Wants to be called on Thursday."})"};
  }
}

struct MixFigures {
  std::uint64_t reads = 0, hits = 0, stale = 0, writes = 0;
  std::vector<double> read_ms;
};

/// Users who read screens by Zipf's law (exponent 1) and write once in `reads_a_write` requests.
MixFigures run_mix(const CacheStage& stage, const MeasuredServer& server, int reads_a_write, milliseconds duration) {
  std::vector<double> weights;
  for (std::size_t i = 0; i < std::size(screens); ++i)
    weights.push_back(1.0 / static_cast<double>(i + 1));
  MixFigures sum;
  std::mutex mutex;
  std::string failure;
  {
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < stage.users.size(); ++at) {
      threads.emplace_back([&, at] {
        const BenchUser& user = stage.users[at];
        std::mt19937 random(static_cast<unsigned>(at));
        std::discrete_distribution<std::size_t> screen(weights.begin(), weights.end());
        MixFigures own;
        HttpClient client(server.port());
        std::vector<std::pair<std::string, std::string>> stamps;
        try {
          const auto end = steady_clock::now() + duration;
          for (std::uint64_t turn = 1; steady_clock::now() < end; ++turn) {
            if (turn % static_cast<std::uint64_t>(reads_a_write + 1) == 0) {
              const HttpAnswer written = client.send(write_of(user, own.writes++));
              if (written.status >= 300)
                throw std::runtime_error(fmt::format("a write answers {}: {}", written.status, written.body));
              stamps = {{"SalesFlow-Xid", std::string(written.header("SalesFlow-Xid"))}};
              continue;
            }
            HttpCall call = get(user, screens[screen(random)]);
            call.headers.insert(call.headers.end(), stamps.begin(), stamps.end());
            const auto began = steady_clock::now();
            const HttpAnswer answer = ask(client, call);
            own.read_ms.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
            ++own.reads;
            const std::string_view cache = answer.header("X-Cache");
            own.hits += cache == "hit" || cache == "stale" ? 1 : 0;
            own.stale += cache == "stale" ? 1 : 0;
          }
        } catch (const std::exception& error) {
          const std::lock_guard lock(mutex);
          failure = error.what();
        }
        const std::lock_guard lock(mutex);
        sum.reads += own.reads;
        sum.hits += own.hits;
        sum.stale += own.stale;
        sum.writes += own.writes;
        sum.read_ms.insert(sum.read_ms.end(), own.read_ms.begin(), own.read_ms.end());
      });
    }
  }
  if (!failure.empty())
    throw std::runtime_error("mix: " + failure);
  return sum;
}

/// Statements that the app's pool has run, of any kind.
double statements_of(const MeasuredServer& server) {
  const std::string text = HttpClient(server.port()).get("/metrics").body;
  double sum = 0;
  constexpr std::string_view name = "salesflow_query_seconds_count{";
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = text.find('\n', at), value = text.rfind(' ', end);
    sum += std::stod(text.substr(value + 1, end - value - 1));
  }
  return sum;
}

}  // namespace

void measure_mix(CacheStage& stage) {
  stage.progress.step("mix: copying the data and starting the service");
  stage.data.copy(stage.database, cache_copy_name);
  {
    const milliseconds duration = stage.quick ? milliseconds(2'000) : milliseconds(20'000);
    for (const int reads_a_write : {50, 10}) {
      const auto service = stage.start("salesflow-mix", true, cache_copy_name);
      const auto bare = stage.start("salesflow-mix-bare", false, cache_copy_name);
      run_mix(stage, *service, reads_a_write, milliseconds(500));  // every screen was seen once
      const double before = statements_of(*service);
      const MixFigures figures = run_mix(stage, *service, reads_a_write, duration);
      const double statements =
          (statements_of(*service) - before) / static_cast<double>(figures.reads + figures.writes);
      const double bare_before = statements_of(*bare);
      const MixFigures without = run_mix(stage, *bare, reads_a_write, duration);
      const double bare_statements =
          (statements_of(*bare) - bare_before) / static_cast<double>(without.reads + without.writes);
      const double hit_percent = 100.0 * static_cast<double>(figures.hits) / static_cast<double>(figures.reads);
      const double saved = 100.0 * (1 - statements / bare_statements);
      const Cells hits{fmt::format("{} of {} reads, {} of them stale", figures.hits, figures.reads, figures.stale),
                       fmt::format("{} writes", figures.writes)};
      const Cells saving{fmt::format("{:.2f} a request, read p50 {:.3f} ms", statements, median(figures.read_ms)),
                         fmt::format("without {:.2f}, {:.3f} ms", bare_statements, median(without.read_ms))};
      const std::string suffix = fmt::format("_{}_to_1", reads_a_write);
      if (reads_a_write == 50) {
        stage.report.check("hit_rate" + suffix, hit_percent, "%", Op::at_least, 90, hits);
        stage.report.check("statements_saved" + suffix, saved, "%", Op::at_least, 50, saving);
      } else {
        stage.report.inform("hit_rate" + suffix, hit_percent, "%", hits);
        stage.report.inform("statements_saved" + suffix, saved, "%", saving);
      }
    }
  }
  stage.data.drop(cache_copy_name);
}

std::size_t screens_of_the_mix() {
  return std::size(screens);
}

}  // namespace salesflow::bench
