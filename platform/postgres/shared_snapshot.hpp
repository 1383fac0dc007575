// SharedSnapshot: one REPEATABLE READ transaction whose statements several coroutines send, so that what they read is
// of one instant. Made by Database::open_snapshot; readers join it by RequestContext::shared_snapshot.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/request.hpp"
#include "platform/postgres/transaction.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {

class Core;

/// Life:   one transaction on an exclusive connection, from its first statement to end(). Readers must end before it is
///         destroyed.
/// Cost:   begin_request and the first statement of every reader leave in one send; what a reader asks afterwards
///         follows when it asks, in one send with those of the same turn of the event loop. The Sync goes behind the
///         last answer and is not waited for.
/// Errors: one failed statement ends all: it and every later one answer its error. unavailable when the connection
///         breaks; deadline_exceeded when the opener's deadline passes (then the server is told to stop).
class SharedSnapshot {
 public:
  ~SharedSnapshot();
  SharedSnapshot(const SharedSnapshot&) = delete;
  SharedSnapshot& operator=(const SharedSnapshot&) = delete;

  /// So many coroutines are about to read: the first send waits until each of them asked or ended, but not longer than
  /// a tick of the timer, since a reader may wait for something else. Without it each statement leaves when it is
  /// asked.
  void expect(int readers) { readers_ += readers; }
  /// One of them ended. The last one ends the transaction.
  void leave();

  /// What `reader` reads from here on, by whatever store, is of this snapshot, until the returned object is gone.
  std::unique_ptr<Transaction> join(RequestContext& reader);

  /// As Database::run. `core` and the reader's identity must be the opener's, and the statement must be a read:
  /// otherwise the snapshot is refused (refuse()), because its answer would be of another instant or tenant.
  Task<Result<Answer>> run(RequestContext& reader, const Core& core, BoundQuery bound,
                           std::size_t row_bytes_max = message_bytes_max);
  Task<Result<std::vector<Answer>>> run_batch(RequestContext& reader, const Core& core, std::vector<BoundQuery> batch);

  /// `reader` needs what a snapshot cannot give: all fails with invalid_argument. Returns that error.
  Error refuse(const RequestContext& reader, std::string_view why);

  /// Ends the transaction; the connection is free when the server says so. At the latest when it is destroyed.
  void end();

  /// Why it failed, once it did, and the reader whose statement it was (null: no one's).
  const std::optional<Error>& failure() const { return failure_; }
  const RequestContext* failed_reader() const { return failed_reader_; }
  /// It failed only because the connection's prepared statements were out of date; the next one finds new ones.
  bool may_repeat() const { return stale_; }

  /// When the transaction began; none before its first answer. What was committed before it is in the snapshot.
  std::optional<TimePoint> as_of() const { return as_of_; }
  /// pg_snapshot text; "" before the first answer.
  const std::string& snapshot() const { return snapshot_; }
  /// Sends that were waited for: 1 unless a reader asked again after an answer.
  std::uint32_t round_trips() const { return sends_; }
  /// Writes to the socket so far, until the end.
  std::uint64_t writes() const { return connection_ ? connection_->writes() - writes_before_ : 0; }
  /// From the first send to the last answer.
  std::chrono::microseconds took() const;

 private:
  friend class Database;
  SharedSnapshot(std::shared_ptr<Core> core, ConnectionPtr connection, const RequestContext& opener);
  Task<bool> execute(RequestContext& reader, const Core& core, std::span<const BoundQuery> statements,
                     Request& request);
  void send(const Request* asking);
  void fail_all(Error error, const RequestContext* reader);
  void wake(RequestList& list);
  void on_deadline();
  void cancel();

  std::shared_ptr<Core> core_;
  ConnectionPtr connection_;  // null when it is over
  const Identity identity_;
  const SteadyTime deadline_;
  CoarseTimer::Entry deadline_timer_, send_timer_;
  RequestList queue_, running_;  // not sent yet; sent
  int readers_ = 0, waiting_ = 0;
  std::uint32_t sends_ = 0;
  const std::uint64_t writes_before_;
  SteadyTime first_sent_at_{}, last_answer_at_{};
  std::string snapshot_;
  std::optional<TimePoint> as_of_;
  std::optional<Error> failure_;
  const RequestContext* failed_reader_ = nullptr;
  bool stale_ = false;
};

}  // namespace salesflow::postgres
