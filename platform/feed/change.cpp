#include "platform/feed/change.hpp"

#include <algorithm>

namespace salesflow::feed {

bool Batch::knows(std::int64_t number) const {
  if (number == from)
    return !missed;
  const auto at = std::lower_bound(changes.begin(), changes.end(), number,
                                   [](const Change& change, std::int64_t wanted) { return change.number < wanted; });
  return at != changes.end() && at->number == number;
}

}  // namespace salesflow::feed
