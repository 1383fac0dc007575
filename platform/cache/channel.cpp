#include "platform/cache/channel.hpp"

#include <cstring>

#include "platform/core/mutant.hpp"

namespace salesflow::cache {
namespace {

void take(Shared& shared, std::string_view payload) {
  std::uint64_t sender = 0, tag = 0;
  if (payload.size() < sizeof sender || payload.size() % sizeof tag != 0)
    return;
  std::memcpy(&sender, payload.data(), sizeof sender);
  if (sender == shared.node_id)
    return;
  for (std::size_t at = sizeof sender; at < payload.size(); at += sizeof tag) {
    std::memcpy(&tag, payload.data() + at, sizeof tag);
    shared.tokens.bump(tag);
  }
}

}  // namespace

std::string bump_channel(const Settings& settings) {
  return settings.prefix + ":bump";
}

Channel::Channel(Shared& shared, const redis::Client& client) {
  redis::Subscription::Callbacks callbacks;
  callbacks.on_message = [&shared](std::string_view, std::string_view payload) { take(shared, payload); };
  callbacks.on_connected = [&shared] {
    if (!is_mutant("l1_not_flushed") || !shared.hears())
      shared.on_channel(true);
  };
  callbacks.on_lost = [&shared] {
    if (!is_mutant("l1_not_flushed"))
      shared.on_channel(false);
  };
  subscription_ = redis::Subscription::start(client, {bump_channel(shared.settings)}, std::move(callbacks));
}

Channel::~Channel() {
  subscription_->stop();
}

}  // namespace salesflow::cache
