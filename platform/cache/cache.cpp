#include "platform/cache/cache.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds wait_max = 10s;  // for what another request makes
constexpr milliseconds rest_min = 250ms, rest_max = 2s;
constexpr milliseconds worth_waiting{25};  // what is quicker to make is never shown once it has changed
constexpr int rounds_max = 3;

std::uint64_t trial_place(const Ask& ask) {
  return XXH3_64bits_withSeed(ask.name.data(), ask.name.size(), std::hash<Uuid>{}(ask.identity.user_id));
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
        if (is_fresh) {
          maybe_prove(ask, maker, known);
          if (effort == Effort::full)
            finish(ask, known);
        }
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

}  // namespace salesflow::cache
