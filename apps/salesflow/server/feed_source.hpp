// FeedSource: the feed of changes as live streams read it, with who may know of each change.
#pragma once

#include "platform/changes/store.hpp"
#include "platform/feed/change.hpp"

namespace salesflow::apps {

/// Where changes and streams meet; neither knows the other.
class FeedSource final : public feed::Source {
 public:
  /// `store` must outlive it.
  explicit FeedSource(changes::Store& store) : store_(store) {}

  Task<Result<std::int64_t>> find_end(RequestContext& request) override { return store_.find_end(request); }
  Task<Result<feed::Batch>> read(RequestContext& request, std::int64_t from, int rows_max) override;

 private:
  changes::Store& store_;
};

}  // namespace salesflow::apps
