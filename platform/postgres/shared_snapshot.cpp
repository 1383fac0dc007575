#include "platform/postgres/shared_snapshot.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "platform/postgres/core.hpp"
#include "platform/postgres/errors.hpp"

namespace salesflow::postgres {

using std::chrono::microseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds end_limit{2};

/// The Sync on behalf of a snapshot that is gone, or soon will be.
Task<void> end_transaction(std::shared_ptr<Core> core, ConnectionPtr connection) {
  Request request;
  request.deadline = steady_clock::now() + end_limit;
  co_await connection->end_snapshot(request);
  core->snapshots().release_exclusive(std::move(connection));
}

bool is_same_tenant(const Identity& a, const Identity& b) {
  return a.user_id == b.user_id && a.org_id == b.org_id;
}

}  // namespace

SharedSnapshot::SharedSnapshot(std::shared_ptr<Core> core, ConnectionPtr connection, const RequestContext& opener)
    : core_(std::move(core)),
      connection_(std::move(connection)),
      identity_(opener.identity),
      deadline_(opener.deadline),
      deadline_timer_([this] { on_deadline(); }),
      send_timer_([this] { send(nullptr); }),
      writes_before_(connection_->writes()) {
  core_->timer().arm(deadline_timer_, deadline_);
}

SharedSnapshot::~SharedSnapshot() {
  end();
}

void SharedSnapshot::end() {
  deadline_timer_.disarm();
  send_timer_.disarm();
  if (!connection_)
    return;
  if (!running_.empty()) {  // torn down while it ran
    cancel();
    return;
  }
  if (stale_) {
    connection_->close();
    core_->snapshots().drop_idle_exclusive();
  }
  if (sends_ == 0 || !connection_->is_open()) {
    core_->snapshots().release_exclusive(std::move(connection_));
    connection_.reset();
    return;
  }
  asio::co_spawn(core_->context(), end_transaction(core_, std::move(connection_)), asio::detached);
  connection_.reset();
}

std::unique_ptr<Transaction> SharedSnapshot::join(RequestContext& reader) {
  auto joined = std::unique_ptr<Transaction>(new Transaction(*this, core_, reader));
  reader.transaction = joined.get();
  return joined;
}

void SharedSnapshot::leave() {
  if (--readers_ == 0) {
    end();
  } else if (sends_ == 0 && !queue_.empty() && waiting_ >= readers_) {
    send(nullptr);
  }
}

microseconds SharedSnapshot::took() const {
  return sends_ == 0 || last_answer_at_ < first_sent_at_
             ? microseconds(0)
             : std::chrono::duration_cast<microseconds>(last_answer_at_ - first_sent_at_);
}

/// `asking`: the request whose coroutine calls this, so that it does not wait yet and must not be resumed.
void SharedSnapshot::send(const Request* asking) {
  send_timer_.disarm();
  if (queue_.empty() || !connection_)
    return;
  if (sends_ == 0) {
    first_sent_at_ = steady_clock::now();
    queue_.front().prologue = Prologue::snapshot;
  }
  if (!connection_->is_corked())
    ++sends_;
  while (!queue_.empty()) {
    Request& request = queue_.front();
    request.unlink();
    running_.push_back(request);
    connection_->send_in_snapshot(request);
    if (request.end == End::pending)
      continue;
    request.unlink();
    if (&request != asking)
      asio::post(core_->context(), [&request] { request.resume(); });
  }
}

/// Ends what is in the list. Each is kept alive by its waiter until this resumes it.
void SharedSnapshot::wake(RequestList& list) {
  while (!list.empty()) {
    Request& request = list.front();
    request.unlink();
    if (request.connection)
      request.connection->abandon(request);
    request.end = End::expired;
    asio::post(core_->context(), [&request] { request.resume(); });
  }
}

void SharedSnapshot::fail_all(Error error, const RequestContext* reader) {
  if (failure_)
    return;
  failure_ = std::move(error);
  failed_reader_ = reader;
  wake(queue_);
}

Error SharedSnapshot::refuse(const RequestContext& reader, std::string_view why) {
  Error error = fail(Errc::invalid_argument, "This cannot be read from the snapshot of a screen: " + std::string(why));
  fail_all(error, &reader);
  return *failure_;
}

void SharedSnapshot::on_deadline() {
  const bool runs = !running_.empty();
  const Query* const query = runs ? running_.front().statements.front().query : nullptr;
  fail_all(deadline_exceeded(query, "in a shared snapshot"), nullptr);
  wake(running_);
  if (runs)
    cancel();
}

void SharedSnapshot::cancel() {
  for (Request& request : running_)
    connection_->abandon(request);
  connection_->cancel_and_close();
  connection_.reset();
  core_->snapshots().forget_exclusive();
}

Task<bool> SharedSnapshot::execute(RequestContext& reader, const Core& core, std::span<const BoundQuery> statements,
                                   Request& request) {
  if (failure_) {
    request.error = *failure_;
    co_return false;
  }
  const auto writes = [](const BoundQuery& bound) { return bound.query->mode == QueryMode::write; };
  const std::string_view obstacle = &core != core_.get()                          ? "it reads elsewhere"
                                    : !is_same_tenant(reader.identity, identity_) ? "it reads for another tenant"
                                    : std::any_of(statements.begin(), statements.end(), writes) ? "it writes"
                                    : !connection_                                              ? "the snapshot is over"
                                                                                                : "";
  if (!obstacle.empty()) {
    request.error = refuse(reader, obstacle);
    co_return false;
  }
  const Query& query = *statements.front().query;
  const auto started = steady_clock::now();
  for (const BoundQuery& bound : statements)
    reader.note(*bound.query);
  request.statements = statements;
  request.user_id = identity_.user_id;
  request.org_id = identity_.org_id;
  request.deadline = deadline_;
  queue_.push_back(request);
  ++waiting_;
  if (sends_ > 0 || waiting_ >= readers_) {
    send(&request);
  } else if (!send_timer_.is_armed()) {
    core_->timer().arm(send_timer_, started + CoarseTimer::tick);
  }
  co_await request.wait();
  --waiting_;
  last_answer_at_ = steady_clock::now();
  const auto took = std::chrono::duration_cast<microseconds>(last_answer_at_ - started);
  reader.db_time += took;
  ++reader.round_trips;
  if (!request.snapshot.empty()) {
    snapshot_ = request.snapshot;
    as_of_ = request.as_of;
  }
  const bool done = request.end == End::done;
  if (done) {
    if (reader.snapshot.empty())
      reader.snapshot = snapshot_;
    reader.statements += static_cast<std::uint32_t>(statements.size());
    for (const auto& result : request.results)
      reader.rows += static_cast<std::uint32_t>(result->row_count());
  } else if (!failure_) {
    if (request.end == End::lost) {
      fail_all(unavailable("the connection broke in a shared snapshot"), &reader);
    } else {
      stale_ = request.stale_statement;
      if (core_->is_draining() && request.error.code == Errc::deadline_exceeded)
        request.error = unavailable("cancelled: shutting down");
      fail_all(request.error, &reader);
    }
  }
  if (!done)
    request.error = *failure_;
  const auto rows = done ? static_cast<std::uint64_t>(request.results.front()->row_count()) : 0;
  core_->observer().on_query(query, took, rows, done ? nullptr : &request.error);
  core_->tell_slow(reader, request, statements, took, done);
  co_return done;
}

Task<Result<Answer>> SharedSnapshot::run(RequestContext& reader, const Core& core, BoundQuery bound,
                                         std::size_t row_bytes_max) {
  Request request;
  request.row_bytes_max = row_bytes_max;
  if (!co_await execute(reader, core, {&bound, 1}, request))
    co_return std::move(request.error);
  co_return Answer(std::move(request.results.front()));
}

Task<Result<std::vector<Answer>>> SharedSnapshot::run_batch(RequestContext& reader, const Core& core,
                                                            std::vector<BoundQuery> batch) {
  Request request;
  if (!co_await execute(reader, core, batch, request))
    co_return std::move(request.error);
  std::vector<Answer> answers;
  for (auto& result : request.results)
    answers.emplace_back(std::move(result));
  co_return answers;
}

}  // namespace salesflow::postgres
