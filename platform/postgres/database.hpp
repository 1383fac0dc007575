// Database: what stores see of PostgreSQL. One object a worker thread; statements travel through pipelined
// connections, one Sync = one transaction, tenant set inside it by begin_request.sql. No table names here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "platform/core/query.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/postgres/decode.hpp"
#include "platform/postgres/observer.hpp"
#include "platform/postgres/params.hpp"
#include "platform/postgres/pool_settings.hpp"
#include "platform/postgres/request.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {

class Transaction;
class CopyIn;
class SharedSnapshot;

/// Rows and row count of one statement.
struct Answer {
  Answer() = default;
  explicit Answer(ResultPtr answered) : result(std::move(answered)), rows_affected(result->rows_affected()) {}
  ResultPtr result;                 // never null on success
  std::uint64_t rows_affected = 0;  // of INSERT, UPDATE, DELETE
};

class Database {
 public:
  /// Opens its connections in the background. `context`, `timer` and `observer` must outlive it; without an observer
  /// nothing is counted.
  Database(asio::io_context& context, CoarseTimer& timer, PoolSettings settings, Observer* observer = nullptr);
  ~Database();

  /// Rows of a read. Row is a described struct whose members stand in the order of the statement's columns; its
  /// string_views point into RowSet::bytes.
  /// Cost:   one round trip (one send, one Sync) with the tenant's set_config in front.
  /// Errors: unavailable (no connection, server restarting; nothing was done), deadline_exceeded, internal (a bug in
  ///         the SQL); a read whose connection died is repeated on another one, once if it was the one running.
  template <class Row, class... Arguments>
  Task<Result<RowSet<Row>>> read(RequestContext& request, const Query& query, Arguments... arguments) {
    if (must_check(request, query)) {
      auto fits = co_await check_answer<Row>(request, query);
      if (!fits)
        co_return fits.error();
    }
    BoundQuery bound(&query, bind(query, arguments...));  // named: g++ 12 breaks temporaries inside co_await
    auto answer = co_await run(request, std::move(bound));
    if (!answer)
      co_return answer.error();
    co_return decode_rows<Row>(query, std::move(answer->result));
  }
  /// As read(), for a page that end_page() ends: of more than page_read_bytes_max only the first rows come.
  template <class Row, class... Arguments>
  Task<Result<RowSet<Row>>> read_page(RequestContext& request, const Query& query, Arguments... arguments) {
    BoundQuery bound(&query, bind(query, arguments...));  // named: g++ 12 breaks temporaries inside co_await
    auto answer = co_await run_page(request, std::move(bound));
    if (!answer)
      co_return answer.error();
    co_return decode_rows<Row>(query, std::move(answer->result));
  }
  /// At most one row; a second row is a bug and answers internal.
  template <class Row, class... Arguments>
  Task<Result<OneRow<Row>>> read_one(RequestContext& request, const Query& query, Arguments... arguments) {
    if (must_check(request, query)) {
      auto fits = co_await check_answer<Row>(request, query);
      if (!fits)
        co_return fits.error();
    }
    BoundQuery bound(&query, bind(query, arguments...));  // named: g++ 12 breaks temporaries inside co_await
    auto answer = co_await run(request, std::move(bound));
    if (!answer)
      co_return answer.error();
    co_return decode_one<Row>(query, std::move(answer->result));
  }
  /// A write with RETURNING; appends its stamp to request.written once the commit is known.
  /// Errors: conflict (unique, exclusion), invalid_argument (check, foreign key, out of range), forbidden (RLS WITH
  ///         CHECK), unavailable (not written), outcome_unknown (commit lost and not resolvable), deadline_exceeded
  ///         (not written: the server's own limit fired, or resolved by pg_xact_status).
  template <class Row, class... Arguments>
  Task<Result<OneRow<Row>>> write_one(RequestContext& request, const Query& query, Arguments... arguments) {
    return read_one<Row>(request, query, std::move(arguments)...);
  }
  /// A write without rows: how many rows it touched.
  template <class... Arguments>
  Task<Result<std::uint64_t>> write(RequestContext& request, const Query& query, Arguments... arguments) {
    BoundQuery bound(&query, bind(query, arguments...));  // named: g++ 12 breaks temporaries inside co_await
    auto answer = co_await run(request, std::move(bound));
    if (!answer)
      co_return answer.error();
    co_return answer->rows_affected;
  }

  /// A write whose answer cannot be made is not run: compares the columns that it answers with Row, once a statement
  /// and thread, one round trip. read, read_one and write_one do it themselves; before run_batch it is the caller's.
  /// Errors: internal (log_detail names the column), unavailable, deadline_exceeded.
  template <class Row>
  Task<Result<void>> check_answer(RequestContext& request, const Query& query) {
    if (!must_check(request, query))
      co_return Result<void>{};
    auto columns = co_await describe(request, query);
    if (!columns)
      co_return columns.error();
    Error error;
    if (!detail::check_shape<Row>(query, **columns, error))
      co_return error;
    note_checked(query);
    co_return Result<void>{};
  }

  /// Several statements in one Sync, all or nothing; for use cases that write two tables. Answers in order.
  Task<Result<std::vector<Answer>>> run_batch(RequestContext& request, std::vector<BoundQuery> batch);
  Task<Result<Answer>> run(RequestContext& request, BoundQuery bound);
  Task<Result<Answer>> run_page(RequestContext& request, BoundQuery bound);

  /// Runs `body()`, which returns a Task<Result<T>>, in one transaction: commits when it succeeds, rolls back when it
  /// fails or throws. Joins a transaction that the request is in already (Idempotency-Key): whoever opened that one
  /// ends it. `body` is a named callable, not a temporary: g++ 12 breaks lambdas inside co_await. Include
  /// transaction.hpp. Cost:   two round trips beside those of the body, on an exclusive connection. Errors: the body's
  /// own, and then nothing is written; those of begin_transaction and of Transaction::commit, of
  ///         which only outcome_unknown leaves open whether it is written.
  template <class Body>
  std::invoke_result_t<Body&> in_transaction(RequestContext& request, Body& body);

  /// An exclusive connection with an open transaction and the tenant set, for what outlives one call (Idempotency-Key).
  /// Rolls back when destroyed without commit(). Waits for a connection as long as the deadline allows.
  Task<Result<std::unique_ptr<Transaction>>> begin_transaction(RequestContext& request);

  /// One snapshot for several readers of the request's identity, until its deadline (shared_snapshot.hpp).
  /// Errors: unavailable (no connection in time), deadline_exceeded.
  Task<Result<std::unique_ptr<SharedSnapshot>>> open_snapshot(RequestContext& request);

  /// Opens COPY FROM STDIN (text format) inside an open transaction, into a temporary table of the caller.
  Task<Result<std::unique_ptr<CopyIn>>> copy_in(Transaction& transaction, std::string copy_statement);

  /// Calls `on_notify(channel, payload)` on this thread for each notification, on a connection of its own that
  /// reconnects by itself; `on_reconnect` tells that notifications may have been missed. Not in pooled mode (throws).
  void listen(std::vector<std::string> channels, std::function<void(std::string_view, std::string_view)> on_notify,
              std::function<void()> on_reconnect);

  /// Of the primary that was last connected to: a hash of system_identifier and timeline, as in stamps; 0 before the
  /// first.
  std::uint64_t cluster() const;

  /// True when at least one connection answered within the last second or answers `SELECT 1` now.
  Task<bool> is_ready(SteadyTime deadline);
  /// Refuses new work and asks the server to cancel what runs: it fails with unavailable, and nothing of it is written.
  void cancel_running();
  /// Refuses new work, lets running statements end until `deadline`, closes all connections.
  Task<void> drain(SteadyTime deadline);

 private:
  bool must_check(const RequestContext& request, const Query& query) const;
  void note_checked(const Query& query);
  Task<Result<ResultPtr>> describe(RequestContext& request, const Query& query);
  template <class... Arguments>
  static Params bind(const Query& query, const Arguments&... arguments) {
    Params all;
    (all.add(arguments), ...);
    return std::move(all).select(query);
  }
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace salesflow::postgres
