#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "bench/cache_stage.hpp"
#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"
#include "bench/rivals.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Versions {
  std::uint64_t reads = 0, stale = 0, hits = 0, writes = 0;
  double longest_stale_ms = 0, read_p50_ms = 0, write_p50_ms = 0, first_read_ms = 0;  // first: behind a write
};

/// The number in "version N", where the newest event stands first; 0: none.
std::uint64_t version_in(std::string_view body) {
  const auto at = body.find("version ");
  return at == std::string_view::npos ? 0 : std::strtoull(body.data() + at + 8, nullptr, 10);
}

/// One person writes versions, 20 a second; four others at the same account read the newest. An answer is stale when it
/// was acknowledged that a newer one is there before it was asked for.
Versions run_versions(const MeasuredServer& server, const BenchUser& user, milliseconds duration) {
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> over{false};
  std::mutex mutex;
  Versions sum;
  std::string failure;
  std::vector<double> read_ms, write_ms, first_ms;
  const HttpCall read = get(user, fmt::format("{}?limit=5", list_path));
  const auto guarded = [&](auto work) {
    try {
      work();
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      failure = error.what();
      over = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        guarded([&] {
          HttpClient client(server.port());
          Versions own;
          std::vector<double> own_ms;
          auto stale_since = steady_clock::time_point::max();
          while (!over) {
            const std::uint64_t known = written;
            const auto began = steady_clock::now();
            const HttpAnswer answer = ask(client, read);
            const auto ended = steady_clock::now();
            own_ms.push_back(std::chrono::duration<double, std::milli>(ended - began).count());
            ++own.reads;
            own.hits += answer.header("X-Cache") == "hit" ? 1 : 0;
            if (version_in(answer.body) >= known) {
              stale_since = steady_clock::time_point::max();
              continue;
            }
            ++own.stale;
            stale_since = std::min(stale_since, began);
            own.longest_stale_ms =
                std::max(own.longest_stale_ms, std::chrono::duration<double, std::milli>(ended - stale_since).count());
          }
          const std::lock_guard lock(mutex);
          sum.reads += own.reads;
          sum.hits += own.hits;
          sum.stale += own.stale;
          sum.longest_stale_ms = std::max(sum.longest_stale_ms, own.longest_stale_ms);
          read_ms.insert(read_ms.end(), own_ms.begin(), own_ms.end());
        });
      });
    }
    guarded([&] {
      HttpClient client(server.port());
      const auto end = steady_clock::now() + duration;
      for (std::uint64_t version = 1; steady_clock::now() < end && !over; ++version) {
        HttpCall call = create_event(user);
        call.body = fmt::format(R"({{"channel":"email","direction":"inbound","text":"version {}"}})", version);
        const auto began = steady_clock::now();
        if (const HttpAnswer answer = client.send(call); answer.status >= 300)
          throw std::runtime_error(fmt::format("a write answers {}: {}", answer.status, answer.body));
        const auto ended = steady_clock::now();
        written = version;
        write_ms.push_back(std::chrono::duration<double, std::milli>(ended - began).count());
        ask(client, read);
        first_ms.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - ended).count());
        ++sum.writes;
        std::this_thread::sleep_for(milliseconds(50));
      }
      over = true;
    });
  }
  if (!failure.empty())
    throw std::runtime_error("versions: " + failure);
  sum.read_p50_ms = median(read_ms);
  sum.write_p50_ms = median(write_ms);
  sum.first_read_ms = median(first_ms);
  return sum;
}

}  // namespace

void measure_rival(CacheStage& stage) {
  stage.progress.step("rival: copying the data, starting both");
  stage.data.copy(stage.database, cache_copy_name);
  {
    const auto service = stage.start("salesflow-versions", true, cache_copy_name);
    const auto rival = start_fastapi_cached(stage.data.url(cache_copy_name, Login::app), stage.key, stage.redis.url());
    rival->await_ready();
    const BenchUser& user = stage.users.front();
    const HttpCall list = get(user, fmt::format("{}?limit=25", list_path));
    warm(*service, list);
    const auto peak = std::make_shared<double>();
    const std::vector<Contestant> contestants{
        at_peak("salesflow", {"rival-ours", {list}, {1}}, *service, stage.data.pid(), peak),
        at_peak("fastapi", {"rival-theirs", {list}, {1}}, *rival, stage.data.pid(), peak)};
    const auto all = run_in_turns("rival", contestants, stage.plan, stage.progress);
    stage.report.rounds("rival", all);
    const Series &ours = find_series(all, "salesflow"), &theirs = find_series(all, "fastapi");
    stage.report.inform("hits_vs_the_strategys_cache", median_ratio(ours, theirs, &Sample::per_second), "ratio",
                        {speed_cell(ours), "FastAPI + redis.asyncio " + speed_cell(theirs)});
    const milliseconds duration(stage.quick ? 1'500 : 15'000);
    const Versions own = run_versions(*service, user, duration), other = run_versions(*rival, user, duration);
    const auto cell = [](const Versions& seen) {
      return fmt::format("{} of {} reads stale, for up to {:.0f} ms; {} writes", seen.stale, seen.reads,
                         seen.longest_stale_ms, seen.writes);
    };
    stage.report.check("stale_answers", static_cast<double>(own.stale), "answers", Op::at_most, 0,
                       {cell(own), "the strategy's: " + cell(other)});
    stage.report.inform(
        "first_read_after_a_write", own.first_read_ms, "ms",
        {fmt::format("write {:.2f} ms", own.write_p50_ms),
         fmt::format("the strategy's {:.2f} ms, write {:.2f} ms", other.first_read_ms, other.write_p50_ms)});
  }
  stage.data.drop(cache_copy_name);
}

}  // namespace salesflow::bench
