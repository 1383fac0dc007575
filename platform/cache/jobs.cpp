#include "platform/cache/jobs.hpp"

#include "platform/cache/flush.hpp"
#include "platform/core/log.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

std::int64_t whole(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

NodeState state_of(const Shared& shared, const std::string& node, bool has_redis) {
  NodeState state;
  state.node = node;
  state.is_on = shared.is_on();
  if (has_redis)
    state.hears = shared.hears();
  state.flushes = shared.flushes_followed();
  const Memory::Size size = shared.memory.size();
  state.memory_bytes = whole(size.bytes);
  state.memory_entries = whole(size.entries);
  state.proofs_checked = whole(shared.metrics.proofs_done.value());
  state.proofs_wrong = whole(shared.metrics.proofs_wrong.value());
  state.age_max_ms = shared.metrics.age_max_ms.value();
  state.bumps_failed = whole(shared.metrics.bumps_failed.value());
  return state;
}

FiguresOfNode figures_of(const Shared& shared, const std::string& node) {
  FiguresOfNode figures;
  figures.node = node;
  std::size_t place = 0;
  for (const Policy& policy : shared.settings.policies) {
    const PolicyMetrics& own = shared.metrics.policies[place++];
    const auto asked = [&own](Outcome outcome) { return whole(own.asked[static_cast<std::size_t>(outcome)]->value()); };
    figures.policies.emplace_back(policy.name);
    figures.ttl_ms.push_back(policy.ttl.count());
    figures.hit.push_back(asked(Outcome::hit));
    figures.stale.push_back(asked(Outcome::stale));
    figures.joined.push_back(asked(Outcome::joined));
    figures.miss.push_back(asked(Outcome::miss));
    figures.bypass.push_back(asked(Outcome::bypass));
    figures.stored.push_back(whole(own.stored->value()));
    figures.too_large.push_back(whole(own.too_large->value()));
    figures.invalidated.push_back(whole(own.invalidated->value()));
    figures.expired.push_back(whole(own.expired->value()));
    const auto made = own.made->snapshot();
    figures.made.push_back(whole(made.count));
    figures.made_us.push_back(whole(made.sum_us));
  }
  return figures;
}

}  // namespace

jobs::Job follow_cache_job(Store& store, Shared& shared, redis::Client* client) {
  struct Seen {
    std::int64_t flushes = 0, memory_flushes = 0;
  };
  // Nothing is kept of before the process' start but in Redis, and that was told by the nodes of then.
  const auto seen = std::make_shared<std::optional<Seen>>();
  jobs::Job job;
  job.name = "follow_cache";
  job.interval = 1s;
  job.deadline = 2s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store, &shared, client, seen](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto told = co_await store.read_switch(request);
    if (!told)
      co_return told.error();
    const bool was_on = shared.is_on();
    shared.switch_on(told->is_on.value_or(shared.settings.is_on));
    std::int64_t changes = was_on != shared.is_on() ? 1 : 0;
    if (!*seen)
      *seen = Seen{told->flushes, told->memory_flushes};
    if (told->memory_flushes != (*seen)->memory_flushes) {
      shared.memory.clear();
      (*seen)->memory_flushes = told->memory_flushes;
      ++changes;
    }
    if (told->flushes != (*seen)->flushes) {
      const auto flushed = co_await flush(shared, client);
      if (!flushed)
        co_return flushed.error();
      log::info("cache_flushed", {{"flushes", told->flushes}});
      (*seen)->flushes = told->flushes;
      ++changes;
    }
    shared.note_flushes(told->flushes);
    co_return jobs::Bite{std::as_const(changes), false};
  };
  return job;
}

jobs::Job note_cache_job(Store& store, Shared& shared, std::string node, bool has_redis) {
  jobs::Job job;
  job.name = "note_cache";
  job.interval = 15s;
  job.jitter = 1s;
  job.deadline = 5s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store, &shared, node = std::move(node),
                  has_redis](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto state = co_await store.note_node(request, state_of(shared, node, has_redis));
    if (!state)
      co_return state.error();
    const auto figures = co_await store.note_figures(request, figures_of(shared, node));
    if (!figures)
      co_return figures.error();
    co_return jobs::Bite{whole(shared.settings.policies.size()), false};
  };
  return job;
}

}  // namespace salesflow::cache
