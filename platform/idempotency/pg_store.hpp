// The IdempotencyStore over PostgreSQL: answers are stored in the transaction of their effect.
#pragma once

#include <memory>
#include <unordered_map>

#include "platform/http/toolkit/idempotency_store.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::idempotency {

/// One a worker thread. Between begin() and finish() or abandon() it owns the request's exclusive transaction.
/// Cost: five round trips on an exclusive connection besides the effect; requests without a key pay nothing.
class PgStore final : public http::IdempotencyStore {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<std::optional<http::StoredResponse>>> begin(RequestContext& context,
                                                          http::IdempotencyRequest request) override;
  Task<Result<void>> finish(RequestContext& context, http::StoredResponse answer) override;
  Task<void> abandon(RequestContext& context) override;

 private:
  struct Open {
    std::unique_ptr<postgres::Transaction> transaction;
    http::IdempotencyRequest request;
  };
  /// Commits, though nothing was written: the first answer may have been lost with its stamp (docs/decisions/0078), and
  /// the stamp of a later transaction says as much. With synchronous standbys the effect is then on one of them, too.
  Task<Result<void>> end_replay(RequestContext& context);
  /// Takes the request's transaction out of the table; the context no longer points to it.
  Open close(RequestContext& context);

  postgres::Database& db_;
  std::unordered_map<const RequestContext*, Open> open_;
};

}  // namespace salesflow::idempotency
