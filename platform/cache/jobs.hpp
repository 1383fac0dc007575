// Background work of the cache on each node: following operators, noting figures. The relay's is in relay.hpp.
#pragma once

#include <string>

#include "platform/cache/shared.hpp"
#include "platform/cache/store.hpp"
#include "platform/jobs/job.hpp"
#include "platform/redis/client.hpp"

namespace salesflow::cache {

/// Each second: switches this node as an operator has said, or to its own setting where none has; and ends what is kept
/// when an operator has said so since this process last looked, in Redis, too. Redis that cannot be told is told again
/// a second later. Without an answer all stays as it is. All must outlive the job; `client`: null without Redis.
jobs::Job follow_cache_job(Store& store, Shared& shared, redis::Client* client);

/// Every 15 s, so that operators see all nodes together. Both must outlive the job.
jobs::Job note_cache_job(Store& store, Shared& shared, std::string node, bool has_redis);

}  // namespace salesflow::cache
