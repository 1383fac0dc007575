// Proof: one of many hits is made afresh, and compared.
#include "platform/cache/cache.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds proof_pause = 200ms;

}  // namespace

void Cache::maybe_prove(const Ask& ask, Maker& maker, const EntryPtr& entry) {
  const int every = shared_.settings.proof_every;
  if (every == 0 || is_proving_ || std::uniform_int_distribution<int>(1, every)(random_) != 1)
    return;
  std::shared_ptr<Maker> detached = maker.detach();
  if (!detached)
    return;
  is_proving_ = true;
  asio::co_spawn(context_, prove(*this, ask, std::move(detached), entry, alive_), asio::detached);
}

/// A hit is a lie when what is made afresh differs from it, still does 200 ms later, and nobody has told a change.
Task<void> Cache::prove(Cache& cache, Ask ask, std::shared_ptr<Maker> maker, EntryPtr entry,
                        std::weak_ptr<bool> alive) {
  ask.deadline = steady_clock::now() + background_limit;
  std::vector<Place> places;
  const Made first = co_await maker->make(places);
  bool is_wrong = first.is_kept && first.etag != entry->made.etag;
  const bool was_proven = first.is_kept;
  if (is_wrong) {
    co_await cache.pause(proof_pause);
    const Plan plan = cache.shared_.plan(ask.name);
    const Look look = co_await cache.look(ask, plan, false);
    is_wrong = look.is_known && cache.is_current(*entry, look) && cache.is_alive(*entry, system_now());
    if (is_wrong) {
      const Made second = co_await maker->make(places);
      is_wrong = second.is_kept && second.etag != entry->made.etag;
    }
  }
  if (was_proven)
    cache.shared_.metrics.proofs_done.add();
  if (is_wrong) {
    cache.shared_.metrics.proofs_wrong.add();
    log::error("cache_answer_wrong", {{"name", ask.name},
                                      {"policy", ask.policy->name},
                                      {"age_ms", entry->age(system_now()).count()},
                                      {"snapshot", entry->made.snapshot}});
  }
  if (!alive.expired())
    cache.is_proving_ = false;
}

}  // namespace salesflow::cache
