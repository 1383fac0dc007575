// LocalTokens: what this process has heard of changes. Without Redis they are the tokens; with it they end what bounded
// answers keep in memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace salesflow::cache {

/// Thread-safe, without locks, 2 MiB. Tags share places by their hash, so a change ends more than it must, never less.
/// Counters do: they and the entries that name them end with the process.
class LocalTokens {
 public:
  std::uint64_t version(std::uint64_t tag) const noexcept { return place(tag).load(std::memory_order_acquire); }
  void bump(std::uint64_t tag) noexcept { place(tag).fetch_add(1, std::memory_order_acq_rel); }

  /// A write of this process has told its change already: its transaction's id, the low 32 bits.
  void note_told(std::uint64_t xid) noexcept {
    told_[xid % told_.size()].store(static_cast<std::uint32_t>(xid), std::memory_order_relaxed);
  }
  bool was_told(std::uint64_t xid) const noexcept {
    return xid != 0 && told_[xid % told_.size()].load(std::memory_order_relaxed) == static_cast<std::uint32_t>(xid);
  }

 private:
  static constexpr std::size_t count = std::size_t{1} << 18;
  std::atomic<std::uint64_t>& place(std::uint64_t tag) const noexcept { return (*versions_)[tag % count]; }
  std::unique_ptr<std::array<std::atomic<std::uint64_t>, count>> versions_ =
      std::make_unique<std::array<std::atomic<std::uint64_t>, count>>();
  std::array<std::atomic<std::uint32_t>, 1 << 14> told_{};
};

}  // namespace salesflow::cache
