// Channel: how this process hears of what other nodes have changed, through Redis.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "platform/cache/shared.hpp"
#include "platform/redis/subscription.hpp"

namespace salesflow::cache {

/// "<prefix>:bump"; a message is its sender's id and the hashes of tags, 8 bytes each.
std::string bump_channel(const Settings& settings);
/// One a process. What is told while it is lost counts as missed: bounded answers of before are then asked for.
class Channel {
 public:
  /// Both must outlive it.
  Channel(Shared& shared, const redis::Client& client);
  ~Channel();

 private:
  std::shared_ptr<redis::Subscription> subscription_;
};

}  // namespace salesflow::cache
