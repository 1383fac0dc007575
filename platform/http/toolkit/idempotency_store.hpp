// What HTTP asks of whoever remembers answers: has this key been used? Wired in apps/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

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

}  // namespace salesflow::http
