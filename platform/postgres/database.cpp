#include "platform/postgres/database.hpp"

#include "platform/core/page_end.hpp"
#include "platform/postgres/copy_in.hpp"
#include "platform/postgres/core.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/listener.hpp"
#include "platform/postgres/shared_snapshot.hpp"
#include "platform/postgres/statements.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::postgres {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds ready_if_answered_within{1};
constexpr std::chrono::milliseconds drain_pause{10};

/// A statement of a request that is inside a transaction.
Task<Result<Answer>> run_joined(RequestContext& request, const Core& core, BoundQuery bound,
                                std::size_t row_bytes_max = message_bytes_max) {
  if (SharedSnapshot* const shared = request.transaction->shared_snapshot())
    return shared->run(request, core, std::move(bound), row_bytes_max);
  return request.transaction->run(std::move(bound));
}

}  // namespace

class Database::Impl {
 public:
  Impl(asio::io_context& context, CoarseTimer& timer, PoolSettings settings, Observer* observer)
      : core(std::make_shared<Core>(context, timer, std::move(settings), observer)) {}
  ~Impl() {
    for (const auto& listener : listeners)
      listener->stop();
    core->shut_down();
  }

  std::shared_ptr<Core> core;
  std::vector<std::shared_ptr<Listener>> listeners;
};

Database::Database(asio::io_context& context, CoarseTimer& timer, PoolSettings settings, Observer* observer)
    : impl_(std::make_unique<Impl>(context, timer, std::move(settings), observer)) {}
Database::~Database() = default;

/// Inside a transaction an answer that cannot be made ends it before its commit.
bool Database::must_check(const RequestContext& request, const Query& query) const {
  return query.mode == QueryMode::write && !request.transaction && !impl_->core->checked_writes.contains(&query);
}

void Database::note_checked(const Query& query) {
  impl_->core->checked_writes.insert(&query);
}

Task<Result<ResultPtr>> Database::describe(RequestContext& request, const Query& query) {
  return impl_->core->describe(request, query);
}

std::uint64_t Database::cluster() const {
  return impl_->core->primary().identity().cluster;
}

Task<Result<Answer>> Database::run(RequestContext& request, BoundQuery bound) {
  if (request.transaction)
    co_return co_await run_joined(request, *impl_->core, std::move(bound));
  Request sent;
  if (!co_await impl_->core->execute(request, {&bound, 1}, sent))
    co_return std::move(sent.error);
  co_return Answer(std::move(sent.results.front()));
}

Task<Result<Answer>> Database::run_page(RequestContext& request, BoundQuery bound) {
  if (request.transaction)
    co_return co_await run_joined(request, *impl_->core, std::move(bound), page_read_bytes_max);
  Request sent;
  sent.row_bytes_max = page_read_bytes_max;
  if (!co_await impl_->core->execute(request, {&bound, 1}, sent))
    co_return std::move(sent.error);
  co_return Answer(std::move(sent.results.front()));
}

Task<Result<std::vector<Answer>>> Database::run_batch(RequestContext& request, std::vector<BoundQuery> batch) {
  if (batch.empty())
    co_return std::vector<Answer>{};
  if (request.transaction && request.transaction->shared_snapshot())
    co_return co_await request.transaction->shared_snapshot()->run_batch(request, *impl_->core, std::move(batch));
  if (request.transaction)
    co_return co_await request.transaction->run_batch(std::move(batch));
  Request sent;
  if (!co_await impl_->core->execute(request, batch, sent))
    co_return std::move(sent.error);
  std::vector<Answer> answers;
  for (auto& result : sent.results)
    answers.emplace_back(std::move(result));
  co_return answers;
}

Task<Result<std::unique_ptr<Transaction>>> Database::begin_transaction(RequestContext& request) {
  const auto core = impl_->core;
  if (request.transaction && request.transaction->shared_snapshot())
    co_return request.transaction->shared_snapshot()->refuse(request, "it opens a transaction of its own");
  if (core->is_draining())
    co_return unavailable("shutting down");
  const auto started = steady_clock::now();
  auto connection = co_await core->primary().acquire_exclusive(request.deadline);
  request.pool_wait += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
  if (!connection)
    co_return connection.error();
  auto transaction = std::unique_ptr<Transaction>(new Transaction(core, std::move(*connection), request));
  if (auto begun = co_await transaction->begin(); !begun)
    co_return begun.error();
  co_return transaction;
}

Task<Result<std::unique_ptr<SharedSnapshot>>> Database::open_snapshot(RequestContext& request) {
  const auto core = impl_->core;
  if (core->is_draining())
    co_return unavailable("shutting down");
  const auto started = steady_clock::now();
  auto connection = co_await core->snapshots().acquire_exclusive(request.deadline);
  request.pool_wait += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
  if (!connection)
    co_return connection.error();
  co_return std::unique_ptr<SharedSnapshot>(new SharedSnapshot(core, std::move(*connection), request));
}

Task<Result<std::unique_ptr<CopyIn>>> Database::copy_in(Transaction& transaction, std::string copy_statement) {
  return CopyIn::open(transaction, std::move(copy_statement));
}

void Database::listen(std::vector<std::string> channels,
                      std::function<void(std::string_view, std::string_view)> on_notify,
                      std::function<void()> on_reconnect) {
  if (impl_->core->settings().mode == PoolMode::pooled) {
    throw std::logic_error("LISTEN needs a session of its own: not through a transaction pooler");
  }
  impl_->listeners.push_back(
      Listener::start(impl_->core, std::move(channels), std::move(on_notify), std::move(on_reconnect)));
}

Task<bool> Database::is_ready(SteadyTime deadline) {
  const auto core = impl_->core;
  if (core->is_draining())
    co_return false;
  if (core->primary().last_answer() + ready_if_answered_within > steady_clock::now())
    co_return true;
  Request request;
  const BoundQuery ping{&ping_statement, Params{}};
  request.statements = {&ping, 1};
  request.deadline = deadline;
  core->primary().submit(request);
  if (request.end == End::pending)
    co_await request.wait();
  co_return request.end == End::done;
}

void Database::cancel_running() {
  const auto core = impl_->core;
  core->start_draining();
  core->primary().cancel_running();
  core->snapshots().cancel_running();
  if (core->replicas())
    core->replicas()->cancel_running();
}

Task<void> Database::drain(SteadyTime deadline) {
  const auto core = impl_->core;
  core->start_draining();
  for (const auto& listener : impl_->listeners)
    listener->stop();
  const auto is_idle = [&] {
    return core->primary().is_idle() && core->snapshots().is_idle() &&
           (!core->replicas() || core->replicas()->is_idle());
  };
  while (!is_idle() && steady_clock::now() < deadline)
    co_await core->sleep_until(steady_clock::now() + drain_pause);
  core->shut_down();
}

}  // namespace salesflow::postgres
