#include "bench/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"
#include "bench/idle_streams.hpp"
#include "bench/load.hpp"
#include "bench/proc_stat.hpp"
#include "bench/rivals.hpp"
#include "platform/cluster/redis.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t events_full = 1'000'000, events_quick = 100'000;
constexpr const char* copy_name = "cache_writes";
constexpr int users_count = 5;
constexpr std::size_t answer_bytes = 20'000;  // as the plain route's

struct Stage {
  Dataset& data;
  std::string database;
  const TokenKey& key;
  std::vector<BenchUser> users;
  cluster::PrivateRedis& redis;
  RoundPlan plan;
  bool quick;
  Progress& progress;
  Report& report;

  std::unique_ptr<MeasuredServer> start(const std::string& name, bool with_cache, std::string_view of) const {
    std::vector<std::string> environment{with_cache ? "ENABLE_CACHE=true" : "ENABLE_CACHE=false",
                                         "SALESFLOW_CACHE_PROOF_EVERY=0"};
    if (with_cache)
      environment.push_back("REDIS_URL=" + redis.url());
    return start_service(data, of, key, {.name = name, .environment = std::move(environment)});
  }
};

HttpCall get(const BenchUser& user, std::string path) {
  return {.path = std::move(path), .headers = {bearer(user.token)}, .body = {}};
}

/// How many events make an answer of about answer_bytes.
std::string list_of_size(const MeasuredServer& server, const BenchUser& user) {
  HttpClient client(server.port());
  for (int limit = 10; limit <= 100; ++limit) {
    std::string path = fmt::format("{}?limit={}", list_path, limit);
    if (ask(client, get(user, path)).body.size() >= answer_bytes)
      return path;
  }
  throw std::runtime_error("no page of events is large enough");
}

/// Asked until it is kept.
std::string warm(const MeasuredServer& server, const HttpCall& call) {
  HttpClient client(server.port());
  for (int i = 0; i < 200; ++i) {
    const HttpAnswer answer = ask(client, call);
    if (answer.header("X-Cache") == "hit")
      return answer.body;
  }
  throw std::runtime_error(call.path + " is never kept");
}

void measure_hits(Stage& stage) {
  stage.progress.step("hits: starting the service and nginx");
  const auto service = stage.start("salesflow-cache", true, stage.database);
  const BenchUser& user = stage.users.front();
  const HttpCall plain = get(user, "/bench/20kb"), strict = get(user, list_of_size(*service, user)),
                 bounded = get(user, "/api/v2/collective-intelligence/analytics/dashboard?days=30");
  const std::string strict_body = warm(*service, strict), bounded_body = warm(*service, bounded);
  const auto nginx = start_nginx({{"bounded", bounded_body}}, 1);
  const auto peak = std::make_shared<double>();
  const std::vector<Contestant> contestants{
      at_peak("plain", {"cache-plain", {plain}, {1}}, *service, stage.data.pid(), peak),
      at_peak("strict", {"cache-strict", {strict}, {1}}, *service, stage.data.pid(), peak),
      at_peak("bounded", {"cache-bounded", {bounded}, {1}}, *service, stage.data.pid(), peak),
      at_peak("nginx", {"cache-nginx", {get(user, "/bounded")}, {1}}, *nginx, -1, peak)};
  const auto all = run_in_turns("hits", contestants, stage.plan, stage.progress);
  stage.report.rounds("hits", all);
  const Series &plain_rounds = find_series(all, "plain"), &strict_rounds = find_series(all, "strict"),
               &bounded_rounds = find_series(all, "bounded"), &nginx_rounds = find_series(all, "nginx");
  stage.report.check("strict_hit_vs_plain", median_ratio(strict_rounds, plain_rounds, &Sample::per_second), "ratio",
                     Op::at_least, 0.55,
                     {fmt::format("{} ({} bytes)", speed_cell(strict_rounds), strict_body.size()),
                      "plain 20 kB " + speed_cell(plain_rounds)});
  stage.report.check("bounded_hit_cpu_vs_nginx", median_ratio(bounded_rounds, nginx_rounds, &Sample::cpu_us), "ratio",
                     Op::at_most, 1.2,
                     {fmt::format("{} ({} bytes)", speed_cell(bounded_rounds), bounded_body.size()),
                      "nginx " + speed_cell(nginx_rounds)});
}

/// Nothing is asked twice.
void measure_misses(Stage& stage) {
  stage.progress.step("misses: starting the service twice");
  const auto cached = stage.start("salesflow-misses", true, stage.database);
  const auto bare = stage.start("salesflow-bare", false, stage.database);
  const BenchUser& user = stage.users.front();
  HttpClient probe(bare->port());
  const auto bytes = static_cast<double>(ask(probe, get(user, fmt::format("{}?limit=25", list_path))).body.size());
  const auto contestant = [&](const char* name, const MeasuredServer& server) {
    const CpuAccount account{server.pid(), stage.data.pid()};
    const auto round = std::make_shared<int>(0);
    return Contestant{
        name, [&user, name, port = server.port(), account, round, bytes](milliseconds duration) {
          RequestPlan plan;
          ++*round;
          for (int i = 0; i < 10'000; ++i) {
            plan.requests.push_back({.path = fmt::format("{}?limit=25&unused={}.{}", list_path, *round, i),
                                     .headers = {bearer(user.token)},
                                     .body = {}});
            plan.weights.push_back(1);
          }
          const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/misses-{}.lua", name));
          write_text(file, plan.to_lua());
          return run_wrk(port, file, duration, bytes, account);
        }};
  };
  const std::vector<Contestant> contestants{contestant("cached", *cached), contestant("bare", *bare)};
  RoundPlan plan = stage.plan;
  plan.duration = std::min(plan.duration, milliseconds(1'500));  // 10,000 requests are not used up by then
  const auto all = run_in_turns("misses", contestants, plan, stage.progress);
  stage.report.rounds("misses", all);
  const Series &with = find_series(all, "cached"), &without = find_series(all, "bare");
  stage.report.check("cost_when_it_cannot_help", median_ratio(with, without, &Sample::per_second), "ratio",
                     Op::at_least, 0.95, {speed_cell(with), "without " + speed_cell(without)});
}

HttpCall create_event(const BenchUser& user) {
  return {"POST",
          create_path,
          {bearer(user.token), {"Content-Type", "application/json"}},
          R"({"channel":"email","direction":"inbound","text":"Guten Tag, vielen Dank."})"};
}

void measure_writes(Stage& stage) {
  stage.progress.step("writes: copying the data and starting the service twice");
  stage.data.copy(stage.database, copy_name);
  {
    const auto cached = stage.start("salesflow-cached-writes", true, copy_name);
    const auto bare = stage.start("salesflow-bare-writes", false, copy_name);
    const auto pace = std::make_shared<double>(400);
    const HttpMix mix{"cache-writes", {create_event(stage.users.front())}, {1}};
    const std::vector<Contestant> contestants{at_pace("cached", mix, *cached, pace, 200),
                                              at_pace("bare", mix, *bare, pace, 200)};
    const auto all = run_in_turns("writes", contestants, stage.plan, stage.progress);
    stage.report.rounds("writes", all);
    std::vector<double> overheads;
    const Series &with = find_series(all, "cached"), &without = find_series(all, "bare");
    for (std::size_t i = 0; i < with.samples.size(); ++i)
      overheads.push_back((with.samples[i].latency_p50_ms - without.samples[i].latency_p50_ms) * 1'000);
    stage.report.check("write_overhead_p50", median(overheads), "us", Op::at_most, 50,
                       {fmt::format("p50 {:.3f} ms", median_of(with, &Sample::latency_p50_ms)),
                        fmt::format("without {:.3f} ms", median_of(without, &Sample::latency_p50_ms))});
  }
  stage.data.drop(copy_name);
}

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
MixFigures run_mix(const Stage& stage, const MeasuredServer& server, int reads_a_write, milliseconds duration) {
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

void measure_mix(Stage& stage) {
  stage.progress.step("mix: copying the data and starting the service");
  stage.data.copy(stage.database, copy_name);
  {
    const milliseconds duration = stage.quick ? milliseconds(2'000) : milliseconds(20'000);
    for (const int reads_a_write : {50, 10}) {
      const auto service = stage.start("salesflow-mix", true, copy_name);
      const auto bare = stage.start("salesflow-mix-bare", false, copy_name);
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
  stage.data.drop(copy_name);
}

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

void measure_rival(Stage& stage) {
  stage.progress.step("rival: copying the data, starting both");
  stage.data.copy(stage.database, copy_name);
  {
    const auto service = stage.start("salesflow-versions", true, copy_name);
    const auto rival = start_fastapi_cached(stage.data.url(copy_name, Login::app), stage.key, stage.redis.url());
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
  stage.data.drop(copy_name);
}

constexpr int idle_streams = 10'000;

void measure_streams(Stage& stage) {
  stage.progress.step("streams: opening them");
  const int count = stage.quick ? idle_streams / 10 : idle_streams;
  allow_open_files(2 * count + 1'000);
  const auto service = stage.start("salesflow-streams", true, stage.database);
  const double before = static_cast<double>(resident_kib(service->pid())) / 1024;
  const double mib = memory_of_idle_streams(service->port(), service->pid(), stage.key, count);
  stage.report.check(
      fmt::format("memory_at_{}_idle_streams", count), mib, "MiB", Op::at_most, 200,
      {fmt::format("{:.1f} KiB a stream", (mib - before) * 1024 / count), fmt::format("{:.1f} MiB without", before)});
}

}  // namespace

std::vector<std::string> cache_parts() {
  return {"hits", "misses", "writes", "mix", "rival", "streams"};
}

void bench_cache(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const RoundPlan plan = options.quick ? RoundPlan{2, milliseconds(600), milliseconds(0)}
                                       : RoundPlan{7, milliseconds(4'000), milliseconds(1'000)};
  const auto events = static_cast<std::int64_t>(
      std::llround(static_cast<double>(options.quick ? events_quick : events_full) * options.scale));
  Progress progress("cache", options.quick ? milliseconds(25'000) : milliseconds(330'000));
  progress.step("starting PostgreSQL and Redis");
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const std::string database = data.prepare(events, progress);
  const auto redis = cluster::PrivateRedis::start(data.home(), {.name = "bench-redis"}).value();
  const TokenKey key = TokenKey::random();
  Stage stage{
      data,   database, key,           choose_users(data, database, key, list_status, list_rows + 1, users_count),
      *redis, plan,     options.quick, progress,
      report};
  const std::vector<std::pair<const char*, std::function<void(Stage&)>>> parts{
      {"hits", measure_hits}, {"misses", measure_misses}, {"writes", measure_writes},
      {"mix", measure_mix},   {"rival", measure_rival},   {"streams", measure_streams}};
  for (const auto& [part, run] : parts) {
    if (wants(part))
      run(stage);
  }
  report.note(fmt::format("{} events; one Redis beside; {} rounds in turns{}; medians of the rounds' ratios.",
                          format_number(static_cast<double>(events)), plan.rounds,
                          options.quick ? " (--quick: a rough answer)" : ""));
  report.note(
      fmt::format("The mix: {} users, {} screens by Zipf's law (exponent 1), one write in 51 requests; beside it "
                  "one in 11.",
                  stage.users.size(), std::size(screens)));
}

}  // namespace salesflow::bench
