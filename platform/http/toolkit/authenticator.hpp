// What HTTP asks of whoever knows users: who is this? Wired in apps/.
#pragma once

#include <string>
#include <string_view>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/verified_identity.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

/// Checks a bearer token. Called on every request of a route that needs a user, on the I/O thread: microseconds, no
/// I/O.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Errors: unauthenticated with a text for the client ("Token has expired").
  virtual Result<VerifiedIdentity> authenticate(std::string_view bearer_token) = 0;
  /// Looks up what the token of an identity leaves open; called only when something is. May do I/O within
  /// context.deadline, and leaves the context's counters alone.
  /// Errors: forbidden, unauthenticated with a text for the client; unavailable, deadline_exceeded.
  virtual Task<Result<Identity>> settle(const RequestContext& context, VerifiedIdentity identity,
                                        std::string bearer_token) {
    (void)context, (void)bearer_token;
    co_return static_cast<const Identity&>(identity);
  }
};

}  // namespace salesflow::http
