// What HTTP asks of whoever counts requests: may this client go on? Wired in apps/.
#pragma once

#include <string_view>

#include "platform/core/request_context.hpp"

namespace salesflow::http {

/// Whether a client may go on now.
class RateLimiter {
 public:
  struct Decision {
    bool admitted = true;
    int limit = 0;          // requests at once
    int remaining = 0;      // requests left at this moment
    int reset_s = 0;        // seconds until all are left again
    int retry_after_s = 0;  // when not admitted
  };
  virtual ~RateLimiter() = default;
  /// `key`: the user's id, or the peer's address without one. Thread-safe.
  virtual Decision admit(std::string_view key, SteadyTime now) = 0;
};

}  // namespace salesflow::http
