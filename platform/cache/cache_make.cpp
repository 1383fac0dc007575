// Making answers, by one of all who ask, and keeping them.
#include "platform/cache/cache.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/mutant.hpp"
#include "platform/postgres/snapshot.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds lease_ttl = 3s;
constexpr milliseconds lease_look = 15ms;  // between looks for what another node makes
constexpr int refreshing_max = 4;
constexpr std::uint64_t forged_distance = 1 << 20;  // a nearer one may come true while it is taken for forged

std::string new_lease() {
  return Token::make(0).bytes();
}

const redis::Script& release_script() {
  static const redis::Script script(
      "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end return 0");
  return script;
}

}  // namespace

std::string Cache::lease_key(const Ask& ask) const {
  return entry_key(ask) + ":l";
}

/// What another node makes now, when it is there in time. `is_ours`: the lease is set, and to be given back.
Task<EntryPtr> Cache::await_other_node(const Ask& ask, const Plan& plan, const std::string& lease, bool& is_ours) {
  const std::string key = lease_key(ask);
  const auto until = std::min(ask.deadline, steady_clock::now() + lease_ttl);
  for (;;) {
    const redis::SetOptions options{.ttl = lease_ttl, .when = redis::SetOptions::When::if_absent};
    const auto set = co_await client_->set(key, lease, options, std::min(ask.deadline, patience()));
    is_ours = set && *set;
    if (!set)
      co_return nullptr;
    if (!is_ours)
      co_await pause(lease_look);
    // Also with the lease: the last one may have given it back since this one looked.
    const Look look = co_await this->look(ask, plan, true);
    if (!look.is_known)
      co_return nullptr;
    if (look.entry && is_alive(*look.entry, system_now()) && look.entry->contains(ask.seen, ask.cluster) &&
        is_current(*look.entry, look))
      co_return look.entry;
    if (is_ours || steady_clock::now() + lease_look >= until)
      co_return nullptr;
  }
}

Task<EntryPtr> Cache::make_and_keep(const Ask& ask, Maker& maker, const Plan& plan, Look look, Effort effort,
                                    Outcome& outcome) {
  bool may_keep = true;
  if (client_)
    may_keep = co_await set_missing(ask, plan, look);
  std::string lease;
  if (client_ && may_keep && effort == Effort::full && ask.policy->kind == Kind::bounded &&
      !is_mutant("lease_not_checked")) {
    lease = new_lease();
    bool is_ours = false;
    auto entry = co_await await_other_node(ask, plan, lease, is_ours);
    if (!is_ours)
      lease.clear();
    if (entry) {
      shared_.memory.put(ask.key, entry);
      keep(ask, nullptr, std::move(lease));
      outcome = Outcome::joined;
      co_return entry;
    }
  }
  std::vector<Place> places;
  const auto started = steady_clock::now();
  Made made = co_await maker.make(places);
  PolicyMetrics& metrics = shared_.metrics_of(*ask.policy);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
  metrics.made->observe(took);
  shared_.note_cost(ask.name, took);
  for (const Stamp& stamp : ask.seen) {
    // A true stamp is of before this answer's snapshot, unless a replica made it.
    if (ask.policy->kind == Kind::strict && postgres::is_beyond(made.snapshot, stamp.xid, forged_distance))
      shared_.note_forged(stamp.xid);
  }
  if (is_mutant("tokens_read_late") && client_)
    look = co_await this->look(ask, plan, false);
  std::shared_ptr<Entry> entry;
  if (made.is_kept && made.body && may_keep) {
    entry = std::make_shared<Entry>();
    for (const Place& place : places) {
      const auto known = std::find(plan->begin(), plan->end(), place);
      if (known == plan->end()) {
        shared_.learn(ask.name, places);  // its token was not read in time; the next one is kept
        entry = nullptr;
        break;
      }
      const auto at = static_cast<std::size_t>(known - plan->begin());
      entry->seen.push_back(look.seen[at]);
      entry->versions.push_back(look.versions[at]);
    }
  }
  if (entry && made.body->size() > shared_.settings.entry_bytes_max) {
    metrics.too_large->add();
    entry = nullptr;
  }
  if (entry) {
    const auto ttl = ask.policy->ttl;
    const auto jitter = std::uniform_int_distribution<std::int64_t>(0, ttl.count() / 10)(random_);
    entry->is_probe = effort == Effort::probe;
    if (!entry->is_probe && !made.gzip && made.body->size() >= gzip_bytes_min)
      made.gzip = zip(*made.body);
    entry->made = std::move(made);
    entry->made_at = system_now() - std::chrono::duration_cast<TimePoint::duration>(steady_clock::now() - started);
    entry->expires_at = entry->made_at + ttl - milliseconds(jitter);
    entry->epoch = look.epoch;
    if (is_alive(*entry, system_now())) {
      metrics.stored->add();
      shared_.memory.put(ask.key, entry);
    }
  }
  keep(ask, entry, std::move(lease));
  co_return entry;
}

/// What a probe has left: it hits, so that it is worth all that others get.
void Cache::finish(const Ask& ask, EntryPtr& entry) {
  if (!entry->is_probe)
    return;
  auto finished = std::make_shared<Entry>(*entry);
  finished->is_probe = false;
  if (!finished->made.gzip && finished->made.body->size() >= gzip_bytes_min)
    finished->made.gzip = zip(*finished->made.body);
  entry = std::move(finished);
  shared_.memory.put(ask.key, entry);
  keep(ask, entry, {});
}

/// In Redis, behind the answer's back; then the lease, if there is one, goes back: whoever takes it next finds the
/// entry.
void Cache::keep(const Ask& ask, const EntryPtr& entry, std::string lease) {
  if (!client_)
    return;
  std::string packed;
  milliseconds left{0};
  if (entry && !entry->is_probe) {
    left =
        std::chrono::duration_cast<milliseconds>(std::min(entry->expires_at, entry->made.valid_until) - system_now());
    if (left >= 1ms)
      packed = pack(*entry);
    if (packed.size() > packed_bytes_max)
      packed.clear();
  }
  if (packed.empty() && lease.empty())
    return;
  auto work = [](redis::Client& client, std::string key, std::string bytes, milliseconds ttl, std::string lease_key,
                 std::string lease, std::weak_ptr<bool> alive) -> Task<void> {
    if (!bytes.empty()) {
      const redis::SetOptions options{.ttl = ttl};
      (void)co_await client.set(std::move(key), std::move(bytes), options);
    }
    if (!lease.empty() && !alive.expired()) {
      std::vector<std::string> keys{std::move(lease_key)}, arguments{std::move(lease)};
      (void)co_await client.eval(release_script(), std::move(keys), std::move(arguments));
    }
  };
  asio::co_spawn(context_,
                 work(*client_, entry_key(ask), std::move(packed), left, lease_key(ask), std::move(lease), alive_),
                 asio::detached);
}

/// A newer one for the next who asks.
void Cache::refresh(const Ask& ask, Maker& maker) {
  if (refreshing_ >= refreshing_max || (client_ && !may_ask()))
    return;
  Flights::Boarded boarded = shared_.flights.board(ask.key, context_);
  if (!boarded.pilot)
    return;
  std::shared_ptr<Maker> detached = maker.detach();
  if (!detached)
    return;
  ++refreshing_;
  auto work = [](Cache& cache, Ask own, std::shared_ptr<Maker> maker, Flights::Pilot pilot,
                 std::weak_ptr<bool> alive) -> Task<void> {
    own.deadline = steady_clock::now() + background_limit;
    const Plan plan = cache.shared_.plan(own.name);
    Look look = co_await cache.look(own, plan, false);
    Outcome outcome = Outcome::miss;
    EntryPtr entry;
    if (look.is_known)
      entry = co_await cache.make_and_keep(own, *maker, plan, std::move(look), Effort::full, outcome);
    pilot.land(entry);
    if (!alive.expired())
      --cache.refreshing_;
  };
  asio::co_spawn(context_, work(*this, ask, std::move(detached), std::move(*boarded.pilot), alive_), asio::detached);
}

}  // namespace salesflow::cache
