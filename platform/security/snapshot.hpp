// Snapshot<T>: an immutable value shared by all threads and replaced as a whole; reading it costs one atomic load.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace salesflow::security {

/// Thread-safe. Readers keep their own reference and look only at the version, so that no cache line bounces between
/// cores while nothing changes (an atomic shared_ptr would count references on every request).
template <class T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  void publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  /// One thread's view. Must not outlive the Snapshot.
  class Reader {
   public:
    explicit Reader(const Snapshot& source) : source_(&source) { refresh(); }
    /// The newest value; the reference is good until the next call.
    const T& get() {
      if (source_->version_.load(std::memory_order_acquire) != version_)
        refresh();
      return *value_;
    }
    /// Changes whenever get() returns another value.
    std::uint64_t version() const { return version_; }

   private:
    void refresh() {
      const std::lock_guard lock(source_->mutex_);
      value_ = source_->value_;
      version_ = source_->version_.load(std::memory_order_relaxed);
    }
    const Snapshot* source_;
    std::shared_ptr<const T> value_;
    std::uint64_t version_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace salesflow::security
