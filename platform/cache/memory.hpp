// Memory: the entries that this process holds, the least recently used given up first.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

#include "platform/cache/entry.hpp"

namespace salesflow::cache {

/// Thread-safe: 64 shards, each with its lock and its share of the bytes.
class Memory {
 public:
  explicit Memory(std::size_t bytes_max) : shard_bytes_max_(bytes_max / shard_count) {}

  EntryPtr find(const Key& key);
  /// An entry larger than a shard's share is not kept.
  void put(const Key& key, EntryPtr entry);
  void erase(const Key& key);
  void clear();

  struct Size {
    std::size_t entries = 0, bytes = 0;
  };
  Size size() const;
  std::uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t shard_count = 64;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept { return key.low; }
  };
  struct Item {
    Key key;
    EntryPtr entry;
    std::size_t bytes;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Item> items;  // the most recently used in front
    std::unordered_map<Key, std::list<Item>::iterator, Hash> places;
    std::size_t bytes = 0;
  };
  Shard& shard(const Key& key) { return shards_[key.high % shard_count]; }
  static void remove(Shard& shard, std::list<Item>::iterator item);

  const std::size_t shard_bytes_max_;
  std::array<Shard, shard_count> shards_;
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace salesflow::cache
