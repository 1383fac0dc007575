// salesflow cache on | off | default | stats | flush | advise: the cache of answers, for all nodes while they run.
#include "apps/salesflow/compose/cache_policies.hpp"
#include "apps/salesflow/verbs/ask_figures.hpp"
#include "features/ops/cache_advice.hpp"
#include "platform/cache/flush.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  bool json = false;
  std::string pattern, user;
};

/// What this command's settings say of policies; what nodes have noted goes before it.
std::vector<ops::CachePolicy> read_own_policies() {
  ConfigReader reader = make_config_reader("");
  const auto policies = cache::read_policies(reader);
  stop_on_complaints(reader);
  return cache_policies(policies);
}

std::string percent(const std::optional<double>& rate) {
  return rate ? fmt::format("{:.1f}", *rate * 100) : "-";
}

/// "30 s", "24 h", "off"
std::string span_text(std::int64_t ms) {
  if (ms == 0)
    return "off";
  if (ms % 3'600'000 == 0)
    return fmt::format("{} h", ms / 3'600'000);
  return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms);
}

void print_switch(const ops::CacheAnswer& answer) {
  if (answer.on)
    fmt::print("all nodes: {} since {}\n", *answer.on ? "on" : "off", time_text(answer.changed_at));
  else
    fmt::print("each node's own setting (ENABLE_CACHE)\n");
}

void print_stats(const ops::CacheAnswer& answer) {
  print_switch(answer);
  fmt::print("\n{:<14} {:<8} {:>8} {:>12} {:>6} {:>8} {:>9} {:>13} {:>10}\n", "policy", "kind", "ttl", "asked", "hit %",
             "stale %", "made ms", "invalidated %", "bypassed");
  for (const ops::CachePolicyView& view : answer.policies)
    fmt::print("{:<14} {:<8} {:>8} {:>12} {:>6} {:>8} {:>9} {:>13} {:>10}\n", view.policy.name, view.policy.kind,
               span_text(view.policy.ttl_ms), view.asked(), percent(view.hit_rate), percent(view.stale_rate),
               view.made_ms ? fmt::format("{:.1f}", *view.made_ms) : "-", percent(view.invalidated_rate), view.bypass);
  fmt::print("\n{:<40} {:<20} {:<4} {:<16} {:>10} {:>10} {:>12}\n", "node", "noted", "on", "redis", "answers", "KiB",
             "oldest ms");
  for (const ops::CacheNodeRow& node : answer.nodes)
    fmt::print("{:<40} {:<20} {:<4} {:<16} {:>10} {:>10} {:>12}\n", node.node, time_text(node.noted_at),
               node.is_on ? "on" : "off", !node.hears ? "none" : (*node.hears ? "heard" : "not heard"),
               node.memory_entries, node.memory_bytes / 1024, node.age_max_ms);
  fmt::print("\nhits held against fresh answers: {}\n", answer.proofs.says);
}

void print_advice(const ops::CacheAdviceAnswer& answer) {
  for (const ops::CacheAdvice& one : answer.policies) {
    const std::string what = one.action == "keep" ? "keep " + span_text(one.ttl_ms)
                                                  : span_text(one.ttl_ms) + " -> " + span_text(one.proposed_ttl_ms);
    fmt::print("{:<14} {:<18} {}\n", one.policy, what, one.says);
  }
}

template <class Answer>
int report(const Flags& flags, const Result<Answer>& answer, void (*print)(const Answer&)) {
  if (!answer)
    return report_figure_error("cache", flags.json, answer.error());
  if (flags.json)
    fmt::print("{}\n", json::to_json(*answer));
  else
    print(*answer);
  return 0;
}

int run_switch(const Flags& flags, std::optional<bool> is_on) {
  auto work = [is_on, policies = read_own_policies()](WorkerLine& line,
                                                      RequestContext& request) -> Task<Result<ops::CacheAnswer>> {
    const auto store = ops::make_pg_cache_store(line.database);
    const auto set = co_await store->set_switch(request, is_on);
    if (!set)
      co_return set.error();
    co_return co_await ops::read_cache(*store, policies, request);
  };
  const auto answer = ask_worker<ops::CacheAnswer>("cache", std::chrono::seconds(10), work);
  return report<ops::CacheAnswer>(flags, answer, print_switch);
}

int run_stats(const Flags& flags) {
  auto work = [](WorkerLine& line, RequestContext& request) -> Task<Result<ops::CacheAnswer>> {
    const auto store = ops::make_pg_cache_store(line.database);
    co_return co_await ops::read_cache(*store, read_own_policies(), request);
  };
  const auto answer = ask_worker<ops::CacheAnswer>("cache", std::chrono::seconds(10), work);
  return report<ops::CacheAnswer>(flags, answer, print_stats);
}

int run_advise(const Flags& flags) {
  auto work = [](WorkerLine& line, RequestContext& request) -> Task<Result<ops::CacheAdviceAnswer>> {
    const auto store = ops::make_pg_cache_store(line.database);
    const auto figures = co_await ops::read_cache(*store, read_own_policies(), request);
    if (!figures)
      co_return figures.error();
    ops::CacheAdviceAnswer advice;
    for (const ops::CachePolicyView& view : figures->policies)
      advice.policies.push_back(ops::advise(view));
    co_return advice;
  };
  const auto answer = ask_worker<ops::CacheAdviceAnswer>("cache", std::chrono::seconds(10), work);
  return report<ops::CacheAdviceAnswer>(flags, answer, print_advice);
}

/// None: everything.
std::optional<std::string> pattern_of(const Flags& flags) {
  if (const auto user = Uuid::parse(flags.user))
    return "{u:" + user->to_string() + "}*";
  return flags.pattern.empty() ? std::nullopt : std::optional(flags.pattern);
}

int run_flush(const Flags& flags) {
  const std::optional<std::string> pattern = pattern_of(flags);
  ConfigReader reader = make_config_reader("");
  const auto redis_settings = redis::Settings::read(reader);
  const auto cache_settings = cache::Settings::read(reader);
  if (pattern && !redis_settings.is_configured())
    reader.complain("REDIS_URL must be set for --pattern and --user, as for salesflow serve");
  stop_on_complaints(reader);
  auto work = [&](WorkerLine& line, RequestContext& request) -> Task<Result<ops::CacheFlushAnswer>> {
    telemetry::Registry unseen;
    cache::Shared shared(cache_settings, unseen);
    std::unique_ptr<redis::Client> client;
    if (redis_settings.is_configured())
      client = std::make_unique<redis::Client>(line.context, line.timer, redis_settings);
    if (pattern) {
      const auto who = co_await client->check();
      if (!who)
        co_return who.error();
    }
    cache::Cache cache(shared, line.context, line.timer, client.get());
    CacheKeysInRedis keys(cache);
    const auto store = ops::make_pg_cache_store(line.database);
    auto answer = co_await ops::flush_cache(*store, keys, request, pattern);
    if (answer && client && !pattern) {  // nodes do it, too; but there may be none now, and one that starts does not
      const auto flushed = co_await cache::flush(shared, client.get());
      if (!flushed)
        answer->says += " Redis does not answer now: nodes that run tell it when it is back.";
    }
    co_return answer;
  };
  const auto answer = ask_worker<ops::CacheFlushAnswer>("cache", std::chrono::minutes(10), work);
  return report<ops::CacheFlushAnswer>(flags, answer,
                                       [](const ops::CacheFlushAnswer& told) { fmt::print("{}\n", told.says); });
}

}  // namespace

void add_cache(CLI::App& app, int& exit_code) {
  auto* cache = app.add_subcommand("cache", "The cache of answers, for all nodes while they run");
  cache->require_subcommand(1);
  cache->footer(
      "Examples:\n"
      "  salesflow cache stats                        what is kept for how long, and what became of questions\n"
      "  salesflow cache off                          all nodes ask PostgreSQL each time\n"
      "  salesflow cache on                           all nodes keep answers\n"
      "  salesflow cache default                      each node's own setting, ENABLE_CACHE\n"
      "  salesflow cache flush                        everything that is kept ends, in Redis, too\n"
      "  salesflow cache flush --user 0193a1d2-…      the answers of one user\n"
      "  salesflow cache flush --pattern '{u:0193*'   by a glob of keys, which are {u:<user id>} and a hash\n"
      "  salesflow cache advise                       other times to live, by what was measured\n"
      "Nodes follow within a second or two, and note their figures every 15 s. It logs in with\n"
      "SALESFLOW_WORKER_DATABASE_URL; --pattern and --user need REDIS_URL, too, and so does a flush while no node\n"
      "runs. Exit code 0: done; 1: not.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* what, std::function<int(const Flags&)> run) {
    auto* verb = cache->add_subcommand(name, what);
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run = std::move(run), &exit_code] { exit_code = run(*flags); });
    return verb;
  };
  add("on", "All nodes keep answers", [](const Flags& all) { return run_switch(all, true); });
  add("off", "No node keeps answers", [](const Flags& all) { return run_switch(all, false); });
  add("default", "Each node's own setting", [](const Flags& all) { return run_switch(all, std::nullopt); });
  add("stats", "Policies, what became of questions, nodes", run_stats);
  add("advise", "Times to live, by what was measured", run_advise);
  auto* flush = add("flush", "Forget what is kept", run_flush);
  auto* pattern =
      flush->add_option("--pattern", flags->pattern, "Only answers in Redis whose keys are like it")
          ->check([](const std::string& text) {
            return text.empty() || text.size() > 200 ? "must be 1 to 200 bytes; without it everything goes" : "";
          });
  flush->add_option("--user", flags->user, "Only one user's answers, by id")
      ->excludes(pattern)
      ->check([](const std::string& text) { return Uuid::parse(text) ? "" : "must be a user's id"; });
}

}  // namespace salesflow::apps
