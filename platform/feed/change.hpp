// Change: one row of the feed of changes, as streams are told of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::feed {

/// Who may know of a change; decided where tables and their policies are known.
struct Audience {
  Uuid user_id, org_id;       // this person, these members; nil: nobody
  bool is_everybody = false;  // whoever listens
};

/// What its readers get: an event of that name, and beside it a hint that their badges may be others.
struct Change {
  std::int64_t number = 0;
  std::string topic, operation;
  std::optional<std::vector<Uuid>> ids;
  Audience audience;
  bool is_job = false;           // event `jobs` instead of `changes`
  std::string jobs = "[]";       // of such an event: how the jobs stand, as a JSON array
  bool concerns_badges = false;  // a hint follows, too
};

/// Changes behind `from`, up to `place`: every one of the feed, in its order.
struct Batch {
  std::int64_t from = 0, place = 0;
  std::vector<Change> changes;
  bool missed = false;  // `from` is not in the feed, so what followed it may be gone

  /// Whether the feed has that number, of what this batch covers.
  bool knows(std::int64_t number) const;
};

/// The feed itself. Called on one thread.
class Source {
 public:
  virtual ~Source() = default;
  virtual Task<Result<std::int64_t>> find_end(RequestContext& request) = 0;
  virtual Task<Result<Batch>> read(RequestContext& request, std::int64_t from, int rows_max) = 0;
};

}  // namespace salesflow::feed
