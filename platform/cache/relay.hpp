// Relay: repeats what writers may have failed to tell, and tells what others wrote: every change of the feed ends the
// answers that were made of it, within 100 ms of its commit when all is up.
#pragma once

#include <functional>
#include <vector>

#include "platform/cache/cache.hpp"
#include "platform/changes/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::cache {

/// The places of a table whose rows changed; all of them for what names nobody.
using PlacesOf = std::function<std::vector<Place>(std::string_view table)>;

/// One of all nodes, with its place in the feed kept there, so that nothing is missed while none runs. What a writer
/// has told already (a token of its transaction) is left alone. Behind, or given up: everything ends.
class Relay {
 public:
  /// All must outlive it; `client` is of the thread that runs the job.
  Relay(Shared& shared, redis::Client& client, changes::Store& store, PlacesOf places_of);
  /// Errors: as of the store and of Redis; nothing is confirmed then.
  Task<Result<jobs::Bite>> run_once(RequestContext& request);

 private:
  Task<Result<void>> tell(const changes::Batch& batch);

  Shared& shared_;
  redis::Client& client_;
  changes::Store& store_;
  PlacesOf places_of_;
  std::optional<std::int64_t> place_;
  SteadyTime confirmed_at_{};
  std::int64_t confirmed_ = 0;
};

/// Every 40 ms. The relay must outlive the job.
jobs::Job relay_cache_job(Relay& relay);

/// Without Redis: what the feed tells ends what this process keeps. For each change that this process did not tell.
void hear(Shared& shared, const changes::ChangeRow& change, const PlacesOf& places_of);
/// Changes may have been missed.
void hear_all(Shared& shared);

}  // namespace salesflow::cache
