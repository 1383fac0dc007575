// What the HTTP room asks of others, as interfaces: who is this, has this key been used, may this client go on,
// what is there to count. Wired in apps/.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/core/verified_identity.hpp"
#include "platform/http/cors.hpp"
#include "platform/http/response.hpp"
#include "platform/http/route.hpp"
#include "platform/http/settings.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

class Router;
class RequestMetrics;

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

/// One use of an Idempotency-Key: whose, which, and for what. The store keeps them per user for 24 h.
struct IdempotencyRequest {
  std::string key;          // 1..255 printable ASCII characters
  std::string_view route;   // Route::operation, static storage
  std::string fingerprint;  // SHA-256 of method, target and body, 64 hex digits
};

/// An answer as it is stored and replayed. Request id, timings and stamps are of the replaying request.
struct StoredResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string etag;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Remembers answers in the transaction of their effect, so that both or neither exist.
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;
  /// Opens the transaction of the request and sets context.transaction, or hands back the answer of an earlier request
  /// with the same key and fingerprint (then nothing is open).
  /// Errors (nothing is open): conflict (409) while such a request runs; invalid_argument (422) when the key was used
  /// for another request; unavailable, deadline_exceeded.
  virtual Task<Result<std::optional<StoredResponse>>> begin(RequestContext& context, IdempotencyRequest request) = 0;
  /// Stores the answer and commits; context.transaction is null and context.written has the stamp afterwards. For an
  /// answer of 4xx what the handler wrote is undone first (a savepoint made by begin), then the answer is stored.
  /// Errors: as of a commit; the effect is then undone or outcome_unknown.
  virtual Task<Result<void>> finish(RequestContext& context, StoredResponse answer) = 0;
  /// Rolls back, so that the key may be used again; context.transaction is null afterwards. Never fails.
  virtual Task<void> abandon(RequestContext& context) = 0;
};

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

/// All that an exchange needs; one a thread. Pointers may be null where "optional" says so.
struct Services {
  const ServerSettings& settings;
  const Router& router;
  const Cors& cors;
  Authenticator* authenticator = nullptr;   // optional: without it every token is refused
  IdempotencyStore* idempotency = nullptr;  // optional: without it a key is refused with 501
  RateLimiter* rate_limiter = nullptr;      // optional
  RequestMetrics* metrics = nullptr;        // optional
};

}  // namespace salesflow::http
