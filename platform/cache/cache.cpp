#include "platform/cache/cache.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/container/small_vector.hpp>
#include <unordered_map>

#include "platform/cache/channel.hpp"
#include "platform/core/log.hpp"
#include "platform/core/mutant.hpp"
#include "platform/postgres/snapshot.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Twice the longest life of an entry: a token that ends takes entries with it, and nothing else.
constexpr milliseconds token_ttl = 48h;
constexpr milliseconds lease_ttl = 3s;
constexpr milliseconds lease_look = 15ms;  // between looks for what another node makes
constexpr milliseconds wait_max = 10s;     // for what another request makes
constexpr milliseconds rest_min = 250ms, rest_max = 2s;
constexpr int bump_patience = 10;          // times as much as a question's
constexpr milliseconds worth_waiting{25};  // what is quicker to make is never shown once it has changed
constexpr int rounds_max = 3;
constexpr int refreshing_max = 4;
constexpr std::uint64_t forged_distance = 1 << 20;  // a nearer one may come true while it is taken for forged
constexpr milliseconds proof_pause = 200ms;
constexpr milliseconds background_limit = 10s;

Tag tag_of(const Place& place, const Identity& identity) {
  Tag tag{place.table, place.scope, {}};
  if (place.scope == 'u')
    tag.owner = identity.user_id;
  else if (place.scope == 'o')
    tag.owner = identity.org_id;
  return tag;
}

std::uint64_t trial_place(const Ask& ask) {
  return XXH3_64bits_withSeed(ask.name.data(), ask.name.size(), std::hash<Uuid>{}(ask.identity.user_id));
}

std::string new_lease() {
  return Token::make(0).bytes();
}

const redis::Script& release_script() {
  static const redis::Script script(
      "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end return 0");
  return script;
}

}  // namespace

Cache::Cache(Shared& shared, asio::io_context& context, CoarseTimer& timer, redis::Client* client)
    : shared_(shared), context_(context), timer_(timer), client_(client), random_(std::random_device{}()) {}

Cache::~Cache() {
  *alive_ = false;
}

std::string Cache::entry_key(const Ask& ask) const {
  char owner[36];
  ask.identity.user_id.write_to(owner);
  return fmt::format("{}:a:{{u:{}}}:{:016x}{:016x}", shared_.settings.prefix, std::string_view(owner, sizeof owner),
                     ask.key.high, ask.key.low);
}

std::string Cache::lease_key(const Ask& ask) const {
  return entry_key(ask) + ":l";
}

Task<void> Cache::pause(milliseconds time) {
  OneShot<bool> woken(context_);
  CoarseTimer::Entry entry([&woken] { woken.set(true); });
  timer_.arm(entry, steady_clock::now() + time);
  co_await woken.wait();
}

bool Cache::may_ask() {
  if (rest_ == 0ms)
    return true;
  if (is_probing_ || steady_clock::now() < rests_until_)
    return false;
  is_probing_ = true;  // one question finds out for all
  return true;
}

void Cache::note_answer(bool came) {
  is_probing_ = false;
  if (came) {
    rest_ = 0ms;
    return;
  }
  rest_ = std::clamp(rest_ * 2, rest_min, rest_max);
  rests_until_ = steady_clock::now() + rest_;
}

/// The stamps that an answer must contain: those of this database, as far as they can be true.
std::vector<Stamp> Cache::genuine(const Ask& ask) {
  std::vector<Stamp> stamps;
  for (const Stamp& stamp : ask.seen) {
    if (stamp.cluster == ask.cluster && !shared_.is_forged(stamp.xid))
      stamps.push_back(stamp);
    else
      shared_.metrics.stamps_ignored.add();
  }
  return stamps;
}

bool Cache::is_alive(const Entry& entry, TimePoint now) const {
  return now < entry.expires_at && (now < entry.made.valid_until || is_mutant("clock_end_ignored"));
}

Cache::Look Cache::look_here(const Ask& ask, const Plan& plan) const {
  Look look;
  look.is_known = true;
  look.epoch = shared_.epoch();
  for (const Place& place : *plan) {
    const std::uint64_t tag = tag_of(place, ask.identity).hash();
    look.seen.push_back({tag, {}, {}});
    look.versions.push_back(shared_.tokens.version(tag));
  }
  return look;
}

struct Cache::Turn {
  std::vector<std::string> keys;
  std::unordered_map<std::uint64_t, std::size_t> places;  // by a hash of the key
  std::vector<OneShot<bool>*> waiting;
  std::optional<redis::Values> values;  // none: Redis did not say in time

  template <class MakeKey>
  std::size_t add(std::uint64_t hash, MakeKey make_key) {
    const auto [place, is_new] = places.try_emplace(hash, keys.size());
    if (is_new)
      keys.push_back(make_key());
    return place->second;
  }
};

Cache::Turn& Cache::this_turn() {
  if (!turn_) {
    turn_ = std::make_shared<Turn>();
    // Spawned work begins behind what is ready to run now: all of it joins.
    asio::co_spawn(context_, ask_redis(*this, turn_, alive_), asio::detached);
  }
  return *turn_;
}

Task<void> Cache::ask_redis(Cache& cache, std::shared_ptr<Turn> turn, std::weak_ptr<bool> alive) {
  co_await asio::post(cache.context_, use_task);
  if (alive.expired())
    co_return;
  cache.turn_.reset();
  auto values = co_await cache.client_->mget(std::move(turn->keys), cache.patience());
  if (alive.expired())
    co_return;
  cache.note_answer(values.has_value());
  if (values)
    turn->values.emplace(std::move(*values));
  for (OneShot<bool>* const one : turn->waiting)
    one->set(true);
}

Task<Cache::Look> Cache::look(const Ask& ask, const Plan& plan, bool with_entry) {
  Look look = look_here(ask, plan);
  if (!client_)
    co_return look;
  look.is_known = false;
  Turn& joined = this_turn();
  const std::shared_ptr<Turn> turn = turn_;
  boost::container::small_vector<std::size_t, 24> places;
  for (std::size_t i = 0; i < plan->size(); ++i) {
    const auto key = [&] { return tag_of((*plan)[i], ask.identity).key(shared_.settings.prefix); };
    places.push_back(joined.add(look.seen[i].tag, key));
  }
  if (with_entry)
    places.push_back(joined.add(ask.key.low ^ ask.key.high, [&] { return entry_key(ask); }));
  OneShot<bool> answered(context_);
  joined.waiting.push_back(&answered);
  co_await answered.wait();
  if (!turn->values)
    co_return look;
  const redis::Values& values = *turn->values;
  look.is_known = true;
  for (std::size_t i = 0; i < look.seen.size(); ++i) {
    look.seen[i].run_id = values.run_id(places[i]);
    if (const auto value = values.value(places[i]))
      look.seen[i].token = Token::of(*value);
  }
  if (!with_entry)
    co_return look;
  const auto packed = values.value(places.back());
  if (!packed)
    co_return look;
  auto entry = unpack(*packed);
  if (!entry) {
    // Another version's, or somebody else's: a miss. Said once, counted always.
    static std::atomic<bool> was_said{false};
    shared_.metrics.foreign_values.add();
    if (!was_said.exchange(true))
      log::warn("cache_foreign_value", {{"bytes", packed->size()}});
    co_return look;
  }
  entry->epoch = look.epoch;
  for (const Entry::Seen& seen : entry->seen) {
    const auto same = [&](const Entry::Seen& known) { return known.tag == seen.tag; };
    const auto known = std::find_if(look.seen.begin(), look.seen.end(), same);
    if (known == look.seen.end())
      co_return look;  // made of more than this process knows of
    entry->versions.push_back(look.versions[static_cast<std::size_t>(known - look.seen.begin())]);
  }
  look.entry = std::make_shared<const Entry>(std::move(*entry));
  co_return look;
}

bool Cache::is_current(const Entry& entry, const Look& look) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < entry.seen.size(); ++i) {
    const Entry::Seen& seen = entry.seen[i];
    // Both are in the order of the plan, mostly.
    std::size_t steps = 0;
    while (steps < look.seen.size() && look.seen[at].tag != seen.tag) {
      at = at + 1 < look.seen.size() ? at + 1 : 0;
      ++steps;
    }
    if (steps == look.seen.size())
      return false;
    if (!client_) {
      if (entry.versions[i] != look.versions[at])
        return false;
      continue;
    }
    const Entry::Seen& now = look.seen[at];
    if (now.token.is_missing() || now.token != seen.token)
      return false;
    if (now.run_id != seen.run_id && !is_mutant("run_id_ignored"))
      return false;
  }
  return true;
}

/// Gives tags without a token one. False: Redis did not take them.
Task<bool> Cache::set_missing(const Ask& ask, const Plan& plan, Look& look) {
  std::vector<redis::Command> commands;
  std::vector<std::size_t> places;
  std::vector<Token> made;
  for (std::size_t i = 0; i < look.seen.size(); ++i) {
    if (!look.seen[i].token.is_missing())
      continue;
    redis::Command command("SET");
    made.push_back(Token::make(0));
    command.key(tag_of((*plan)[i], ask.identity).key(shared_.settings.prefix)).arg(made.back().bytes());
    command.arg("PX").arg(token_ttl.count()).arg("NX").arg("GET");
    commands.push_back(std::move(command));
    places.push_back(i);
  }
  if (commands.empty())
    co_return true;
  const auto answers = co_await client_->run_all(std::move(commands), std::min(ask.deadline, patience()));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] || answers[i]->reply.is_error())
      co_return false;
    const redis::Reply& reply = answers[i]->reply;
    look.seen[places[i]].token = reply.is_nil() ? made[i] : Token::of(reply.text());
    look.seen[places[i]].run_id = answers[i]->run_id;
  }
  co_return true;
}

Got Cache::settle(const Ask& ask, Outcome outcome, EntryPtr entry) {
  shared_.metrics_of(*ask.policy).asked[static_cast<std::size_t>(outcome)]->add();
  if (entry && (outcome == Outcome::hit || outcome == Outcome::stale))
    shared_.note_age(entry->age(system_now()));
  return {std::move(entry), outcome};
}

Task<Got> Cache::get_or_make(Ask ask, Maker& maker) {
  std::vector<Place> places;
  const std::uint64_t trial = trial_place(ask);
  const Effort effort = ask.policy && shared_.is_on() ? shared_.effort(trial) : Effort::none;
  if (effort == Effort::none) {
    (void)co_await maker.make(places);
    co_return ask.policy ? settle(ask, Outcome::bypass, nullptr) : Got{};
  }
  ask.seen = genuine(ask);
  for (int round = 0;; ++round) {
    EntryPtr known = shared_.memory.find(ask.key);
    if (known && !is_alive(*known, system_now())) {
      if (system_now() >= known->expires_at)
        shared_.metrics_of(*ask.policy).expired->add();
      shared_.memory.erase(ask.key);
      known = nullptr;
    }
    if (known && !known->contains(ask.seen, ask.cluster))
      known = nullptr;
    const Plan plan = shared_.plan(ask.name);
    if (!plan) {
      (void)co_await maker.make(places);
      shared_.learn(ask.name, places);
      co_return settle(ask, Outcome::miss, nullptr);
    }
    if (ask.policy->kind == Kind::bounded && known && known->epoch == shared_.epoch() &&
        (!client_ || shared_.hears())) {
      bool is_fresh = true;
      for (std::size_t i = 0; i < known->seen.size(); ++i)
        is_fresh = is_fresh && shared_.tokens.version(known->seen[i].tag) == known->versions[i];
      if (is_fresh || shared_.cost(ask.name) >= worth_waiting) {
        if (!is_fresh || known->age(system_now()) > ask.policy->ttl * 4 / 5)
          refresh(ask, maker);
        shared_.note_try(trial, true);
        if (is_fresh)
          maybe_prove(ask, maker, known);
        if (effort == Effort::full)
          finish(ask, known);
        co_return settle(ask, is_fresh ? Outcome::hit : Outcome::stale, std::move(known));
      }
    }
    if (client_ && !may_ask()) {
      (void)co_await maker.make(places);
      co_return settle(ask, Outcome::bypass, nullptr);
    }
    Look look = co_await this->look(ask, plan, !known);
    if (!look.is_known) {
      (void)co_await maker.make(places);
      co_return settle(ask, Outcome::bypass, nullptr);
    }
    const bool is_new = !known && look.entry;
    EntryPtr candidate = known ? known : look.entry;
    if (candidate && is_alive(*candidate, system_now()) && candidate->contains(ask.seen, ask.cluster)) {
      if (is_current(*candidate, look)) {
        if (is_new)
          shared_.memory.put(ask.key, candidate);
        shared_.note_try(trial, true);
        maybe_prove(ask, maker, candidate);
        if (effort == Effort::full)
          finish(ask, candidate);
        co_return settle(ask, Outcome::hit, std::move(candidate));
      }
      if (round == 0)
        shared_.metrics_of(*ask.policy).invalidated->add();
    }
    if (round + 1 == rounds_max) {
      Outcome outcome = Outcome::miss;
      auto entry = co_await make_and_keep(ask, maker, plan, std::move(look), effort, outcome);
      co_return settle(ask, outcome, std::move(entry));
    }
    Flights::Boarded boarded = shared_.flights.board(ask.key, context_);
    if (boarded.pilot) {
      shared_.note_try(trial, false);
      Outcome outcome = Outcome::miss;
      auto entry = co_await make_and_keep(ask, maker, plan, std::move(look), effort, outcome);
      boarded.pilot->land(entry);
      co_return settle(ask, outcome, std::move(entry));
    }
    CoarseTimer::Entry limit([landing = boarded.landing] { landing->set(nullptr); });
    timer_.arm(limit, std::min(ask.deadline, steady_clock::now() + wait_max));
    EntryPtr landed = co_await boarded.landing->wait();
    // What was made for another may be of before this one asked: its tokens are those that this one has read, or it is
    // too old.
    if (landed && landed->contains(ask.seen, ask.cluster) && is_current(*landed, look)) {
      shared_.note_try(trial, true);
      co_return settle(ask, Outcome::joined, std::move(landed));
    }
  }
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

Task<void> Cache::bump(const Identity& identity, std::vector<Place> places, std::uint64_t xid) {
  if (places.empty() || is_mutant("bump_skipped"))
    co_return;
  std::vector<redis::Command> commands;
  std::vector<std::string> keys;
  const std::uint64_t sender = shared_.node_id;
  std::string told(reinterpret_cast<const char*>(&sender), sizeof sender);
  for (const Place& place : places) {
    const Tag tag = tag_of(place, identity);
    const std::uint64_t hash = tag.hash();
    shared_.tokens.bump(hash);
    if (!client_)
      continue;
    keys.push_back(tag.key(shared_.settings.prefix));
    commands.push_back(redis::set_command(keys.back(), Token::make(xid).bytes(), {.ttl = token_ttl}));
    told.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  shared_.tokens.note_told(xid);
  shared_.metrics.bumps.add(places.size());
  if (!client_)
    co_return;
  redis::Command publish("PUBLISH");
  publish.arg(bump_channel(shared_.settings)).arg(told);
  commands.push_back(std::move(publish));
  if (is_mutant("highest_xid_token"))
    co_await leave_out_lower(commands, keys, xid);
  // One that is slow for once is waited for: until it has the tokens, others may show what this write has changed.
  const auto deadline = steady_clock::now() + shared_.settings.patience * (rest_ == 0ms ? bump_patience : 1);
  if (is_mutant("bump_after_answer")) {
    auto late = [](Cache& cache, std::vector<redis::Command> all, std::vector<std::string> tags) -> Task<void> {
      co_await cache.pause(300ms);
      co_await cache.send_bumps(std::move(all), std::move(tags), steady_clock::now() + 1s);
    };
    asio::co_spawn(context_, late(*this, std::move(commands), std::move(keys)), asio::detached);
    co_return;
  }
  co_await send_bumps(std::move(commands), std::move(keys), deadline);
}

Task<void> Cache::send_bumps(std::vector<redis::Command> commands, std::vector<std::string> keys, SteadyTime deadline) {
  const auto answers = co_await client_->run_all(std::move(commands), deadline);
  std::vector<std::string> refused;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!answers[i])
      ++failed;
    else if (answers[i]->reply.is_error())
      refused.push_back(keys[i]);  // full: a missing token equals nothing
  }
  if (failed > 0)
    note_answer(false);
  if (!refused.empty()) {
    const std::size_t count = refused.size();
    const auto removed = co_await client_->unlink(std::move(refused), deadline);
    if (!removed)
      failed += count;
  }
  shared_.metrics.bumps_failed.add(failed);
}

/// Of a mutant: tokens that only rise.
Task<void> Cache::leave_out_lower(std::vector<redis::Command>& commands, std::vector<std::string>& keys,
                                  std::uint64_t xid) {
  const auto values = co_await client_->mget(keys, patience());
  for (std::size_t i = keys.size(); values && i-- > 0;) {
    const auto value = values->value(i);
    if (!value || Token::of(*value).xid <= (xid & 0xFFFFFFFF))
      continue;
    commands.erase(commands.begin() + static_cast<std::ptrdiff_t>(i));
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

namespace {

/// A value of get_or_fetch.
class ValueMaker final : public Maker {
 public:
  ValueMaker(std::vector<Place> places, Cache::Fetch fetch) : places_(std::move(places)), fetch_(std::move(fetch)) {}
  Task<Made> make(std::vector<Place>& places) override {
    places = places_;
    fetched = co_await fetch_();
    Made made;
    if (*fetched) {
      made.is_kept = true;
      made.body = std::make_shared<const std::string>(**fetched);
      made.etag = fmt::format("\"{:016x}\"", XXH3_64bits(made.body->data(), made.body->size()));
    }
    co_return made;
  }
  std::shared_ptr<Maker> detach() override { return std::make_shared<ValueMaker>(places_, fetch_); }

  std::optional<Result<std::string>> fetched;

 private:
  std::vector<Place> places_;
  Cache::Fetch fetch_;
};

}  // namespace

Task<Result<std::string>> Cache::get_or_fetch(Ask ask, std::vector<Place> places, Fetch fetch) {
  if (!shared_.plan(ask.name))
    shared_.learn(ask.name, places);
  ValueMaker maker(std::move(places), std::move(fetch));
  Got got = co_await get_or_make(std::move(ask), maker);
  if (got.entry)
    co_return *got.entry->made.body;
  co_return std::move(*maker.fetched);
}

Task<std::optional<std::string>> Cache::get(Ask ask, std::vector<Place> places) {
  if (!ask.policy || !shared_.is_on() || (client_ && !may_ask()))
    co_return std::nullopt;
  shared_.learn(ask.name, places);
  const Plan plan = shared_.plan(ask.name);
  EntryPtr known = shared_.memory.find(ask.key);
  const Look look = co_await this->look(ask, plan, !known);
  if (!known)
    known = look.entry;
  if (!look.is_known || !known || !is_alive(*known, system_now()) || !known->contains(genuine(ask), ask.cluster) ||
      !is_current(*known, look))
    co_return std::nullopt;
  co_return *known->made.body;
}

Task<void> Cache::set(Ask ask, std::vector<Place> places, std::string value) {
  if (!ask.policy || !shared_.is_on() || (client_ && !may_ask()))
    co_return;
  shared_.learn(ask.name, places);
  const Plan plan = shared_.plan(ask.name);
  Look look = co_await this->look(ask, plan, false);
  if (!look.is_known)
    co_return;
  Fetch fetch = [&value]() -> Task<Result<std::string>> { co_return std::move(value); };
  ValueMaker maker(std::move(places), std::move(fetch));
  Outcome outcome = Outcome::miss;
  (void)co_await make_and_keep(ask, maker, plan, std::move(look), Effort::full, outcome);
}

Task<void> Cache::erase(Ask ask) {
  shared_.memory.erase(ask.key);
  if (!client_)
    co_return;
  std::vector<std::string> keys{entry_key(ask)};
  (void)co_await client_->unlink(std::move(keys), patience());
}

Task<Result<std::int64_t>> Cache::invalidate_pattern(std::string pattern) {
  shared_.memory.clear();
  if (!client_)
    co_return std::int64_t{0};
  std::int64_t removed = 0;
  redis::Scan scan = client_->scan(shared_.settings.prefix + ":a:" + pattern);
  for (;;) {
    auto keys = co_await scan.next();
    if (!keys)
      co_return keys.error();
    if (!*keys)
      break;
    if ((*keys)->empty())
      continue;
    const auto count = co_await client_->unlink(std::move(**keys));
    if (!count)
      co_return count.error();
    removed += *count;
  }
  co_return std::as_const(removed);
}

}  // namespace salesflow::cache
