// FeedSource: the feed of changes as live streams read it, with who may know of each change and how far jobs are.
// Without Redis the cache hears of changes here.
#pragma once

#include "features/imports/progress.hpp"
#include "platform/cache/shared.hpp"
#include "platform/changes/store.hpp"
#include "platform/feed/change.hpp"

namespace salesflow::apps {

/// Where changes, streams and the cache meet; none knows the other.
class FeedSource final : public feed::Source {
 public:
  /// All must outlive it. `cache`: null when it hears of changes elsewhere.
  FeedSource(changes::Store& store, imports::ProgressStore& imports, cache::Shared* cache)
      : store_(store), imports_(imports), cache_(cache) {}

  Task<Result<std::int64_t>> find_end(RequestContext& request) override;
  Task<Result<feed::Batch>> read(RequestContext& request, std::int64_t from, int rows_max) override;

 private:
  void tell_cache(const changes::Batch& batch);
  Task<Result<void>> add_progress(RequestContext& request, feed::Batch& batch);

  changes::Store& store_;
  imports::ProgressStore& imports_;
  cache::Shared* cache_;
  std::int64_t told_ = 0;  // the last change that the cache knows of
};

}  // namespace salesflow::apps
