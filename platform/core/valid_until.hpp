// How long an answer stays what it is though nobody writes, for statements whose header says `clock: valid_until`.
#pragma once

#include <algorithm>
#include <optional>

#include "platform/core/request_context.hpp"

namespace salesflow {

/// The answer changes then, if not before. An instant that has passed keeps it from being stored at all.
inline void ends_at(RequestContext& request, std::optional<TimePoint> instant) {
  if (instant)
    request.valid_until = std::min(request.valid_until, *instant);
}

}  // namespace salesflow
