// What an entry holds by: its tokens and its life, as they stand now.
#include "platform/cache/cache.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/container/small_vector.hpp>
#include <unordered_map>

#include "platform/core/log.hpp"
#include "platform/core/mutant.hpp"

namespace salesflow::cache {
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

}  // namespace salesflow::cache
