// What writes do: tokens change, before anybody is told that it was written.
#include "platform/cache/cache.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/cache/channel.hpp"
#include "platform/core/mutant.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int bump_patience = 10;  // times as much as a question's

}  // namespace

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

}  // namespace salesflow::cache
