// Flush: ends all that is kept, here and in Redis.
#pragma once

#include "platform/cache/shared.hpp"
#include "platform/redis/client.hpp"

namespace salesflow::cache {

/// Clears this process' memory, and has what other nodes and Redis keep count for nothing: whatever was made before
/// this call is not used again. `client`: null without Redis. Errors: as of redis::Client; memory is cleared all the
/// same, and the call may be repeated.
Task<Result<void>> flush(Shared& shared, redis::Client* client);

}  // namespace salesflow::cache
