#include "platform/cache/relay.hpp"

#include <cstring>
#include <map>

#include "platform/cache/channel.hpp"
#include "platform/core/log.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::string_view subscriber = "cache";
constexpr int rows_at_once = 1'000;
constexpr auto confirm_every = 1s;
constexpr auto patience = 1s;

/// The tags of a row's change. One without tenants is of everybody's rows: all that is kept ends.
std::vector<Tag> tags_of(const changes::ChangeRow& change, const PlacesOf& places_of) {
  std::vector<Tag> tags;
  if (!change.user_id && !change.org_id)
    return {{everything.table, everything.scope, {}}};
  for (const Place& place : places_of(change.topic)) {
    if (place.scope == 'g')
      tags.push_back({place.table, 'g', {}});
    if (place.scope == 'u' && change.user_id)
      tags.push_back({place.table, 'u', *change.user_id});
    if (place.scope == 'o' && change.org_id)
      tags.push_back({place.table, 'o', *change.org_id});
  }
  return tags;
}

}  // namespace

Relay::Relay(Shared& shared, redis::Client& client, changes::Store& store, PlacesOf places_of)
    : shared_(shared), client_(client), store_(store), places_of_(std::move(places_of)) {}

Task<Result<jobs::Bite>> Relay::run_once(RequestContext& request) {
  const std::string name(subscriber);
  if (!place_) {
    const auto place = co_await store_.subscribe(request, name);
    if (!place)
      co_return place.error();
    place_ = confirmed_ = *place;
  }
  const auto read = co_await store_.read(request, *place_, rows_at_once);
  if (!read)
    co_return read.error();
  const auto told = co_await tell(*read);
  if (!told)
    co_return told.error();
  place_ = read->place;
  const auto now = steady_clock::now();
  if (*place_ != confirmed_ && now - confirmed_at_ >= confirm_every) {
    const auto confirmed = co_await store_.confirm(request, name, *place_);
    if (!confirmed && confirmed.error().code != Errc::not_found)
      co_return confirmed.error();
    if (!confirmed)
      place_.reset();  // given up: it begins anew, and read() tells what was missed
    confirmed_ = place_.value_or(0);
    confirmed_at_ = now;
  }
  const auto count = static_cast<std::int64_t>(read->changes.size());
  co_return jobs::Bite{count, count >= rows_at_once};
}

Task<Result<void>> Relay::tell(const changes::Batch& batch) {
  std::map<std::string, std::pair<Tag, std::uint64_t>> tags;  // by key: the last change's transaction
  const auto add = [&](const Tag& tag, std::uint64_t xid) {
    tags.insert_or_assign(tag.key(shared_.settings.prefix), std::pair(tag, xid));
  };
  if (batch.missed) {
    log::warn("cache_relay_missed", {{"place", batch.place}});
    add({everything.table, everything.scope, {}}, 0);
  }
  for (const changes::ChangeRow& change : batch.changes) {
    for (const Tag& tag : tags_of(change, places_of_))
      add(tag, static_cast<std::uint64_t>(change.xid.value_or(0)));
  }
  if (tags.empty())
    co_return Result<void>();
  const auto until = steady_clock::now() + patience;
  std::vector<std::string> keys;
  for (const auto& [key, tag] : tags)
    keys.push_back(key);
  const auto values = co_await client_.mget(keys, until);
  if (!values)
    co_return values.error();
  std::vector<redis::Command> commands;
  const std::uint64_t id = shared_.node_id;
  std::string payload(reinterpret_cast<const char*>(&id), sizeof id);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& [tag, xid] = tags[keys[i]];
    const auto value = values->value(i);
    // Nobody has an answer of a tag without a token; and one that the writer itself has set says all.
    if (!value || (xid != 0 && Token::of(*value).xid == (xid & 0xFFFFFFFF)))
      continue;
    commands.push_back(redis::set_command(keys[i], Token::make(xid).bytes(), {.ttl = token_ttl}));
    const std::uint64_t hash = tag.hash();
    shared_.tokens.bump(hash);
    payload.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  if (commands.empty())
    co_return Result<void>();
  const std::size_t sets = commands.size();
  redis::Command publish("PUBLISH");
  publish.arg(bump_channel(shared_.settings)).arg(payload);
  commands.push_back(std::move(publish));
  const auto answers = co_await client_.run_all(std::move(commands), until);
  std::vector<std::string> refused;
  for (std::size_t i = 0; i < sets; ++i) {
    if (!answers[i])
      co_return answers[i].error();
    if (answers[i]->reply.is_error()) {
      refused = keys;  // full
      break;
    }
  }
  if (!refused.empty()) {
    const auto removed = co_await client_.unlink(std::move(refused), until);
    if (!removed)
      co_return removed.error();
  }
  co_return Result<void>();
}

jobs::Job relay_cache_job(Relay& relay) {
  jobs::Job job;
  job.name = "relay_cache";
  job.interval = 40ms;
  job.deadline = 5s;
  job.run_once = [&relay](RequestContext& request) { return relay.run_once(request); };
  return job;
}

void hear(Shared& shared, const changes::ChangeRow& change, const PlacesOf& places_of) {
  if (shared.tokens.was_told(static_cast<std::uint64_t>(change.xid.value_or(0))))
    return;
  for (const Tag& tag : tags_of(change, places_of))
    shared.tokens.bump(tag.hash());
}

void hear_all(Shared& shared) {
  shared.tokens.bump(Tag{everything.table, everything.scope, {}}.hash());
}

}  // namespace salesflow::cache
