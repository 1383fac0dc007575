#include "platform/postgres/transaction.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/postgres/core.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/made_row.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds rollback_limit{2};

/// ROLLBACK on behalf of a transaction that is gone.
Task<void> roll_back(std::shared_ptr<Core> core, ConnectionPtr connection) {
  Request request;
  const BoundQuery statement{&rollback_statement, Params{}};
  request.statements = {&statement, 1};
  request.deadline = steady_clock::now() + rollback_limit;
  co_await connection->run(request, true);
  core->primary().release_exclusive(std::move(connection));
}

}  // namespace

Transaction::Transaction(std::shared_ptr<Core> core, ConnectionPtr connection, RequestContext& request)
    : core_(std::move(core)), connection_(std::move(connection)), request_(request) {}

Transaction::Transaction(SharedSnapshot& shared, std::shared_ptr<Core> core, RequestContext& request)
    : core_(std::move(core)), shared_snapshot_(&shared), request_(request) {}

Transaction::~Transaction() {
  if (request_.transaction == this)
    request_.transaction = nullptr;
  if (!connection_)
    return;
  auto& context = core_->context();
  asio::co_spawn(context, roll_back(std::move(core_), std::move(connection_)), asio::detached);
}

void Transaction::give_back() {
  if (connection_)
    core_->primary().release_exclusive(std::move(connection_));
  connection_.reset();
}

void Transaction::give_up() {
  if (!connection_)
    return;
  connection_->close();  // the server rolls back when it notices
  give_back();
}

void Transaction::cancel() {
  if (!connection_)
    return;
  connection_->cancel_and_close();
  connection_.reset();
  core_->primary().forget_exclusive();
}

Task<Result<void>> Transaction::begin() {
  Request request;
  request.opens_transaction = true;
  request.prologue = Prologue::write;
  request.user_id = request_.identity.user_id;
  request.org_id = request_.identity.org_id;
  if (!co_await execute(request, {}))
    co_return std::move(request.error);
  xid_ = request.xid;
  cluster_ = request.cluster;
  stats_epoch_ = request.stats_epoch;
  if (request_.snapshot.empty())
    request_.snapshot = request.snapshot;
  co_return Result<void>();
}

Task<bool> Transaction::execute(Request& request, std::span<const BoundQuery> statements) {
  const Query* const query = statements.empty() ? &begin_statement : statements.front().query;
  if (!connection_) {
    request.error = unavailable("the transaction is over");
    co_return false;
  }
  const auto started = steady_clock::now();
  for (const BoundQuery& bound : statements)
    request_.note(*bound.query);
  request.statements = statements;
  request.deadline = request_.deadline;
  co_await connection_->run(request, true);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
  ++request_.round_trips;
  request_.db_time += took;
  if (request.end == End::expired) {
    request.error = deadline_exceeded(query, "in a transaction");
    cancel();
  } else if (request.end != End::done && request.end != End::failed) {
    request.error = unavailable("the connection broke in a transaction");
    give_up();
  }
  const bool done = request.end == End::done;
  if (done && !made_)
    made_ = made_row(statements);
  if (request.end == End::failed)
    (void)co_await core_->name_refused(request);
  if (request.end == End::failed && core_->is_draining() && request.error.code == Errc::deadline_exceeded)
    request.error = unavailable("cancelled: shutting down");
  if (done) {
    request_.statements += static_cast<std::uint32_t>(statements.size());
    for (const auto& result : request.results)
      request_.rows += static_cast<std::uint32_t>(result->row_count());
  }
  const auto rows = done && !request.results.empty() ? request.results.front()->row_count() : 0;
  core_->observer().on_query(*query, took, static_cast<std::uint64_t>(rows), done ? nullptr : &request.error);
  core_->tell_slow(request_, request, statements, took, done);
  co_return done;
}

Task<Result<Answer>> Transaction::run(BoundQuery bound) {
  Request request;
  if (!co_await execute(request, {&bound, 1}))
    co_return std::move(request.error);
  co_return Answer(std::move(request.results.front()));
}

Task<Result<std::vector<Answer>>> Transaction::run_batch(std::vector<BoundQuery> batch) {
  if (batch.empty())
    co_return std::vector<Answer>{};
  Request request;
  if (!co_await execute(request, batch))
    co_return std::move(request.error);
  std::vector<Answer> answers;
  for (auto& result : request.results)
    answers.emplace_back(std::move(result));
  co_return answers;
}

Task<Result<void>> Transaction::commit() {
  Request request;
  request.learn_lsn = core_->replicas() != nullptr;
  const BoundQuery statement{&commit_statement, Params{}};
  const bool done = co_await execute(request, {&statement, 1});
  if (done) {
    // In a failed transaction COMMIT is answered, politely, with ROLLBACK.
    const bool committed = request.results.front()->tag() == "COMMIT";
    give_back();
    if (!committed)
      co_return fail(Errc::internal, "Internal error", {}, "commit of a transaction in which a statement failed");
    request_.written.push_back({cluster_, xid_, request.lsn});
    co_return Result<void>();
  }
  if (request.end == End::failed) {  // a deferred constraint, or a serialization failure: rolled back
    give_back();
    co_return std::move(request.error);
  }
  if (request.end == End::pending)
    co_return std::move(request.error);  // it was over before
  const auto limit =
      std::max(request_.deadline == SteadyTime::max() ? SteadyTime{} : request_.deadline, steady_clock::now()) +
      core_->settings().write_grace;
  switch (co_await core_->resolve(xid_, cluster_, stats_epoch_, limit)) {
    case Core::Outcome::committed:
      request_.written.push_back({cluster_, xid_, 0});
      co_return Result<void>();
    case Core::Outcome::aborted:
      co_return unavailable("the connection broke before the commit");
    default:
      co_return outcome_unknown(&commit_statement, "the connection broke during the commit", made_);
  }
}

Task<void> Transaction::rollback() {
  if (!connection_)
    co_return;
  auto core = core_;
  co_await roll_back(std::move(core), std::move(connection_));
}

}  // namespace salesflow::postgres
