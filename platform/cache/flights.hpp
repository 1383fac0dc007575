// Flights: of those in this process who want one answer at once, one makes it and the others wait for it.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "platform/cache/entry.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::cache {

/// Thread-safe: 64 shards. Who waits is woken on its own thread.
class Flights {
 public:
  /// Whoever makes it; lands with nothing when it goes away without landing.
  class Pilot {
   public:
    Pilot(Flights& flights, const Key& key) : flights_(&flights), key_(key) {}
    Pilot(Pilot&& other) noexcept : flights_(std::exchange(other.flights_, nullptr)), key_(other.key_) {}
    Pilot& operator=(Pilot&&) = delete;
    ~Pilot() { land(nullptr); }
    /// Null: it was made, but not to be kept.
    void land(EntryPtr entry);

   private:
    Flights* flights_;
    Key key_;
  };

  struct Boarded {
    std::optional<Pilot> pilot;  // none: somebody else makes it
    std::shared_ptr<OneShot<EntryPtr>> landing;
  };
  /// `context` is the caller's.
  Boarded board(const Key& key, asio::io_context& context);

 private:
  static constexpr std::size_t shard_count = 64;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept { return key.low; }
  };
  struct Waiter {
    asio::io_context* context;
    std::shared_ptr<OneShot<EntryPtr>> landing;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Key, std::vector<Waiter>, Hash> flights;
  };
  Shard& shard(const Key& key) { return shards_[key.high % shard_count]; }
  void land(const Key& key, EntryPtr entry);

  std::array<Shard, shard_count> shards_;
};

}  // namespace salesflow::cache
