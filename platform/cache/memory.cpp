#include "platform/cache/memory.hpp"

namespace salesflow::cache {

void Memory::remove(Shard& shard, std::list<Item>::iterator item) {
  shard.bytes -= item->bytes;
  shard.places.erase(item->key);
  shard.items.erase(item);
}

EntryPtr Memory::find(const Key& key) {
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  const auto place = own.places.find(key);
  if (place == own.places.end())
    return nullptr;
  own.items.splice(own.items.begin(), own.items, place->second);
  return place->second->entry;
}

void Memory::put(const Key& key, EntryPtr entry) {
  const std::size_t bytes = entry->bytes() + sizeof(Item) + 64;
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  if (const auto place = own.places.find(key); place != own.places.end()) {
    // What was made later stays: a slow maker does not bring an old answer back.
    if (place->second->entry->made_at > entry->made_at)
      return;
    remove(own, place->second);
  }
  if (bytes > shard_bytes_max_)
    return;
  own.items.push_front({key, std::move(entry), bytes});
  own.places.emplace(key, own.items.begin());
  own.bytes += bytes;
  while (own.bytes > shard_bytes_max_) {
    remove(own, std::prev(own.items.end()));
    evicted_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Memory::erase(const Key& key) {
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  if (const auto place = own.places.find(key); place != own.places.end())
    remove(own, place->second);
}

void Memory::clear() {
  for (Shard& one : shards_) {
    const std::lock_guard lock(one.mutex);
    one.items.clear();
    one.places.clear();
    one.bytes = 0;
  }
}

Memory::Size Memory::size() const {
  Size sum;
  for (const Shard& one : shards_) {
    const std::lock_guard lock(one.mutex);
    sum.entries += one.items.size();
    sum.bytes += one.bytes;
  }
  return sum;
}

}  // namespace salesflow::cache
