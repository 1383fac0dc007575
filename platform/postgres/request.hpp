// Request: what one Sync carries and what came back. It lives in the frame of the coroutine that waits for it; pool and
// connection only point to it, and let go of it when it ends or its time is over.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <optional>
#include <span>
#include <string>

#include "platform/core/error.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/time.hpp"
#include "platform/postgres/params.hpp"
#include "platform/postgres/refusal.hpp"
#include "platform/postgres/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {

class Connection;

/// One statement with its arguments, ready to be sent.
struct BoundQuery {
  BoundQuery(const Query* q, Params p) : query(q), params(std::move(p)) {}
  const Query* query;
  Params params;
};

/// What stands before the statements in the Sync.
enum class Prologue : std::uint8_t {
  none,      // the tenant is set already (inside a transaction), or none is needed
  read,      // begin_request
  write,     // begin_request with the transaction's id, flushed before the statements run
  replica,   // begin_request with the replayed LSN
  snapshot,  // begin_request with the time, of a transaction that sees one snapshot
};

/// How a request ended.
enum class End : std::uint8_t {
  pending,
  done,       // the Sync arrived without an error: committed
  failed,     // the server refused it, nothing is written; see error
  lost,       // the connection broke; see the flags
  expired,    // its time was over while it waited or ran
  rejected,   // no place or no connection; it was never sent
  shut_down,  // the database object is gone: touch nothing
};

struct Request : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  // Asked.
  std::span<const BoundQuery> statements;
  Prologue prologue = Prologue::none;
  bool opens_transaction = false;  // BEGIN goes in front of the prologue
  bool learn_lsn = false;          // a second Sync asks for a WAL position behind the commit
  bool describe_only = false;      // its one statement is not run: the server only tells its columns
  bool in_snapshot = false;        // inside a shared snapshot: ends with its own answers, without a Sync
  Uuid user_id, org_id;
  std::size_t row_bytes_max = message_bytes_max;  // of a result; rows behind it, but one, are let go
  SteadyTime deadline = SteadyTime::max();
  SteadyTime limit = SteadyTime::max();  // when the pool stops waiting for it

  SteadyTime queued_at{};
  std::chrono::microseconds waited{0};  // for a place in a pipeline

  // Answered.
  End end = End::pending;
  Error error;
  Refusal refusal;  // what is to be found out about the error
  boost::container::small_vector<ResultPtr, 2> results;
  std::shared_ptr<const Columns> described;  // of describe_only; null for a statement without rows
  std::string snapshot;
  std::optional<TimePoint> as_of;  // of Prologue::snapshot: when the transaction began
  std::uint64_t xid = 0;
  std::uint64_t lsn = 0;      // behind the commit, or replayed by the replica
  std::uint64_t cluster = 0;  // of the connection it ran on
  std::int64_t stats_epoch = 0;

  // How far it came, for the decision after a lost connection.
  Connection* connection = nullptr;  // while in flight
  int syncs_left = 0;
  std::uint64_t commits_at = 0;  // bytes the connection has sent when its first Sync has left
  bool was_sent = false;
  bool refused = false;          // the server answered an error; see error
  bool begun = false;            // begin_request answered
  bool copying = false;          // COPY FROM STDIN: the server takes data until the request ends
  bool committed = false;        // its first Sync arrived without an error
  bool stream_complete = false;  // the server's bytes arrived up to its farewell: what did not answer did not run
  bool was_in_front = false;     // lost while the server worked on it, or might have: it may be what broke the server
  bool stale_statement = false;  // failed only because this connection's prepared statement was out of date

  /// Makes it ready to be submitted once more.
  void reset();

  /// Waits for the end; returns at once when it came already.
  Task<void> wait();
  /// Wakes the waiter, inside this call. The request may be gone afterwards.
  void resume();

 private:
  using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
  std::optional<Handler> waiter_;
};

using RequestList = boost::intrusive::list<Request, boost::intrusive::constant_time_size<false>>;

}  // namespace salesflow::postgres
