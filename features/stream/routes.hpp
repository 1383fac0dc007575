// The live stream: GET /api/stream.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/core/time.hpp"
#include "platform/feed/feed.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::stream {

/// What a stream has to know of the one who asks, besides the identity.
struct Bearer {
  TimePoint token_ends_at{};
  std::string mark;  // tells this tenant's ids from all others; nobody else can make it
};
using Describe = std::function<Result<Bearer>(const Identity& identity, std::string_view bearer_token)>;

/// Handlers refer to `feed` and its `lane` of the worker's thread, which must outlive them. `job`: how a job stands in
/// an event of jobs, for the documentation.
std::vector<http::Route> routes(feed::Feed& feed, feed::Lane& lane, Describe describe, const json::Schema& job,
                                Clock now = system_now);

}  // namespace salesflow::stream
