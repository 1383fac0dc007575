// What a screen asks of the database: one snapshot that all its parts read. Wired in apps/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/core/error.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

/// One snapshot; ends with its last part, at the latest when it is destroyed.
class PartsSnapshot {
 public:
  virtual ~PartsSnapshot() = default;
  /// `parts` coroutines are about to read.
  virtual void expect(int parts) = 0;
  /// From here on what the part's stores read is of the snapshot.
  virtual void join(RequestContext& part) = 0;
  /// A part ended; once for each that was expected.
  virtual void leave(RequestContext& part) = 0;

  struct Outcome {
    std::optional<Error> failure;                 // of the whole
    const RequestContext* failed_part = nullptr;  // whose statement it was; null: no one's
    bool may_repeat = false;                      // a new snapshot will not fail for the same reason
    std::optional<TimePoint> as_of;               // none when nothing was read
    std::string snapshot;                         // pg_snapshot text
    std::uint32_t round_trips = 0;
    std::chrono::microseconds took{0};
  };
  /// Once all parts left.
  virtual Outcome outcome() const = 0;
};

class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;
  /// For the identity of `whole`, until its deadline. Errors: unavailable, deadline_exceeded.
  virtual Task<Result<std::unique_ptr<PartsSnapshot>>> open(RequestContext& whole) = 0;
};

}  // namespace salesflow::http
