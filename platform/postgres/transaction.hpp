// Transaction: an exclusive connection inside BEGIN … COMMIT, with the tenant set.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/request.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {

class Core;
class SharedSnapshot;

/// Made by Database::begin_transaction. Set RequestContext::transaction to it, and every statement of the request joins
/// it. Not for two coroutines at once. Destroyed without commit(): rolled back in the background.
class Transaction {
 public:
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// One statement, one round trip. After an error the server refuses everything but the rollback.
  /// Errors: as Database::run; when the deadline passes the statement is cancelled and the transaction is over.
  Task<Result<Answer>> run(BoundQuery bound);
  Task<Result<std::vector<Answer>>> run_batch(std::vector<BoundQuery> batch);

  /// Returns after the server confirmed the commit, and appends the stamp to the request's.
  /// Errors: those of deferred constraints; unavailable (not committed); outcome_unknown.
  Task<Result<void>> commit();
  /// Ends it without effect; the connection is free again afterwards.
  Task<void> rollback();

  /// The transaction's id.
  std::uint64_t xid() const { return xid_; }
  bool is_open() const { return connection_ != nullptr; }
  /// The one whose transaction this is (SharedSnapshot::join); null for one of its own.
  SharedSnapshot* shared_snapshot() const { return shared_snapshot_; }

 private:
  friend class Database;
  friend class CopyIn;
  friend class SharedSnapshot;
  Transaction(SharedSnapshot& shared, std::shared_ptr<Core> core, RequestContext& request);
  Transaction(std::shared_ptr<Core> core, ConnectionPtr connection, RequestContext& request);
  Task<Result<void>> begin();
  /// Runs on the connection; false: request.error says why, and a lost or late connection is given up.
  Task<bool> execute(Request& request, std::span<const BoundQuery> statements);
  void give_back();
  void give_up();
  void cancel();

  std::shared_ptr<Core> core_;
  ConnectionPtr connection_;  // null when it is over, and for a shared one
  SharedSnapshot* shared_snapshot_ = nullptr;
  RequestContext& request_;
  std::uint64_t xid_ = 0, cluster_ = 0;
  std::int64_t stats_epoch_ = 0;
  std::optional<Uuid> made_;  // the row it makes, when that can be told
};

template <class Body>
std::invoke_result_t<Body&> Database::in_transaction(RequestContext& request, Body& body) {
  if (request.transaction)
    co_return co_await body();
  const auto transaction = co_await begin_transaction(request);
  if (!transaction)
    co_return transaction.error();
  request.transaction = transaction->get();
  auto done = co_await body();
  request.transaction = nullptr;
  if (!done) {
    co_await (*transaction)->rollback();
    co_return done;
  }
  if (const auto committed = co_await (*transaction)->commit(); !committed)
    co_return committed.error();
  co_return done;
}

}  // namespace salesflow::postgres
