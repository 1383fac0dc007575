// Screen: POST /api/screen, several reads answered from one snapshot.
#pragma once

#include "platform/http/server/services.hpp"
#include "platform/http/toolkit/route.hpp"
#include "platform/http/toolkit/snapshot_source.hpp"

namespace salesflow::http {

inline constexpr std::size_t screen_parts_max = 12;
inline constexpr std::size_t screen_path_bytes_max = 4096;
inline constexpr std::size_t screen_body_bytes_max = 96 << 10;
/// Of all parts together. A page of a list ends at 8 MiB.
inline constexpr std::size_t screen_answer_bytes_max = 16 << 20;

/// The route. Each part is a GET path as it would be asked alone, answered by that route's own handler with the
/// caller's identity, and all of them by one REPEATABLE READ snapshot:
/// - A part's own 400, 403, 404, 422 or 304 (its `etag` is current) is the part's status; the others are answered.
/// - 422 for all: no part or more than screen_parts_max; a path that is not under /api, takes no GET, is a stream or
///   reads elsewhere than the tenant's tables; more than screen_answer_bytes_max together.
/// - 503 and 504 for all: the database failed, since every part's answer would have been of that snapshot.
/// - The same path twice is answered twice.
/// Cost: one exclusive connection for one round trip; counts as so many requests as it has parts where requests are
/// limited. `services` and `source` must outlive the router; neither is used before the first request.
Route screen_route(const Services& services, SnapshotSource& source);

}  // namespace salesflow::http
