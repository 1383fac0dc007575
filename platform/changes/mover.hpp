// Mover: takes what is visible out of the outbox and puts it at the end of the feed. One at a time, under a job's
// lease.
#pragma once

#include <optional>

#include "platform/changes/open_ids.hpp"
#include "platform/changes/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::changes {

/// It remembers which ids are open, so that a batch costs what it moves, whatever is dead before it. Where its memory
/// and the feed's newest change differ (it has just begun, another led meanwhile, the server lost its last commits), it
/// begins again from what that change says of the outbox.
class Mover {
 public:
  /// `store` must outlive it.
  explicit Mover(Store& store) : store_(store) {}

  /// Whether there is anything to move; outside of any transaction.
  Task<Result<bool>> look(RequestContext& request);
  /// Moves one batch, in the request's transaction, which holds the lease. Whoever calls it again without look() says
  /// that the transaction was committed.
  Task<Result<jobs::Bite>> move(RequestContext& request);

  const OpenIds& open() const { return open_; }

 private:
  void settle(const OutboxLook& seen, const Snapshot& snapshot);

  struct Moved {
    OpenIds open;
    std::optional<std::int64_t> number;
  };

  Store& store_;
  OpenIds open_;
  bool knows_ = false;                  // what open_ says was made from this feed
  std::optional<std::int64_t> number_;  // of the feed's newest change
  std::optional<Moved> moved_;          // by a batch whose commit is not known yet
  std::int64_t last_id_ = 0;            // given out when it last looked
  std::uint64_t xmax_ = 0;
};

}  // namespace salesflow::changes
