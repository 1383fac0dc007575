#include "apps/salesflow/server/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "apps/salesflow/server/jobs.hpp"
#include "apps/salesflow/server/ops_server.hpp"
#include "apps/salesflow/server/queries.hpp"
#include "apps/salesflow/server/worker.hpp"
#include "platform/runtime/worker_threads.hpp"

namespace salesflow::apps {
namespace {

struct RoleRow {
  std::string role;
  bool bypasses_rls = false;
  bool is_owner = false;
  bool is_migrated = false;
};
BOOST_DESCRIBE_STRUCT(RoleRow, (), (role, bypasses_rls, is_owner, is_migrated))

/// What makes a login unfit to serve; empty when it is fit or nobody answers.
Task<std::string> find_unfit_login(postgres::Database& database) {
  RequestContext context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  const auto found = co_await database.read_one<RoleRow>(context, sql::check_role);
  if (!found) {
    log::warn("database_unreachable", {{"detail", found.error().public_detail}, {"cause", found.error().log_detail}});
    co_return "";
  }
  if (!*found)
    co_return "";
  const RoleRow& row = **found;
  if (row.bypasses_rls)
    co_return "DATABASE_URL logs in as " + row.role + ", which row level security does not bind; use salesflow_app";
  if (row.is_owner)
    co_return "DATABASE_URL logs in as " + row.role + ", which owns the tables; use salesflow_app";
  if (!row.is_migrated)
    log::warn("schema_missing", {{"hint", "run salesflow migrate up"}});
  co_return "";
}

/// What is wrong with REDIS_URL, for an operator; empty when it answers, or there is none.
Task<std::string> find_redis_fault(Worker& worker) {
  if (!worker.redis())
    co_return "";
  const auto found = co_await worker.redis()->check();
  if (found)
    co_return "";
  const Error& error = found.error();
  co_return error.log_detail.empty() ? error.public_detail : error.public_detail + " (" + error.log_detail + ")";
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerConfig config) : shared_(std::move(config)), watch_(shared_), threads_(shared_.config.threads) {
    for (int i = 0; i < threads_.count(); ++i)
      workers_.push_back(std::make_unique<Worker>(threads_.context(i), shared_, watch_));
    jobs_ = std::make_unique<Jobs>(shared_, watch_);
    if (shared_.config.ops.port != 0)
      ops_ = std::make_unique<OpsServer>(*workers_.front(), shared_, watch_);
  }

  ~Impl() {
    stop();
    // Sessions and pools refer to their context's services: the threads are joined, so they may go now.
    ops_.reset();
    jobs_.reset();
    workers_.clear();
  }

  std::uint16_t start() {
    // The check runs on the first worker's context before its thread does.
    auto& context = threads_.context(0);
    std::optional<std::string> unfit;
    auto check = [&]() -> Task<void> { unfit = co_await find_unfit_login(workers_.front()->app_db()); };
    asio::co_spawn(context, std::move(check), asio::detached);
    while (!unfit)
      context.run_one();
    if (!unfit->empty())
      throw std::runtime_error(*unfit);
    std::optional<std::string> fault;
    auto check_redis = [&]() -> Task<void> { fault = co_await find_redis_fault(*workers_.front()); };
    asio::co_spawn(context, std::move(check_redis), asio::detached);
    while (!fault)
      context.run_one();
    if (!fault->empty() && shared_.config.cache.is_required)
      throw std::runtime_error("CACHE_REQUIRED, but " + *fault);
    if (!fault->empty())
      log::warn("redis_unusable", {{"detail", *fault}, {"hint", "answers are made anew each time until it is usable"}});
    await_pools();
    std::uint16_t port = shared_.config.http.port;
    for (auto& worker : workers_)
      port = worker->server().listen(port);
    if (ops_)
      ops_->listen();
    jobs_->start();
    threads_.start();
    started_ = true;
    log::info("server_started",
              {{"port", static_cast<int>(port)}, {"threads", threads_.count()}, {"version", SALESFLOW_VERSION}});
    return port;
  }

  void stop() {
    const std::lock_guard lock(stop_mutex_);
    if (stopped_)
      return;
    stopped_ = true;
    shared_.draining = true;
    watch_.guard.stop();
    if (!started_) {
      threads_.stop();
      return;
    }
    log::info("server_stopping", {{"grace_ms", shared_.config.http.drain_grace.count()}});
    if (shared_.config.http.drain_grace.count() > 0) {
      for (auto& worker : workers_)
        asio::post(worker->context(), [&server = worker->server()] { server.begin_drain(); });
      std::this_thread::sleep_for(shared_.config.http.drain_grace);
    }
    const auto deadline = std::chrono::steady_clock::now() + shared_.config.http.drain_timeout;
    jobs_->begin_stop(deadline);
    for (auto& item : workers_) {
      auto& worker = *item;
      auto drain = [&worker, deadline]() -> Task<void> { co_await worker.drain(deadline); };
      asio::co_spawn(worker.context(), std::move(drain), asio::detached);
    }
    if (ops_) {
      auto end_ops = [this, deadline]() -> Task<void> { co_await ops_->drain_after(*jobs_, deadline); };
      asio::co_spawn(workers_.front()->context(), std::move(end_ops), asio::detached);
    }
    threads_.drain_and_join();
    jobs_->join();
    log::info("server_stopped");
    log::flush();
  }

 private:
  /// Whoever connects is served: no thread listens before its pools have a connection, unless nobody answers for a
  /// second.
  void await_pools() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    std::size_t left = workers_.size();
    for (auto& worker : workers_) {
      auto wait = [&worker = *worker, &left, until]() -> Task<void> {
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
            pause(worker.context());
        for (postgres::Database* const pool : {&worker.app_db(), &worker.auth_db()}) {
          while (!co_await pool->is_ready(until) && std::chrono::steady_clock::now() < until) {
            pause.expires_after(std::chrono::milliseconds(5));
            co_await pause.async_wait(use_task);
          }
        }
        --left;
      };
      asio::co_spawn(worker->context(), std::move(wait), asio::detached);
    }
    while (left > 0) {
      for (auto& worker : workers_)
        worker->context().run_one_for(std::chrono::microseconds(500));
    }
  }

  Shared shared_;
  Watch watch_;
  WorkerThreads threads_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<OpsServer> ops_;
  std::mutex stop_mutex_;
  bool started_ = false;
  bool stopped_ = false;
};

Server::Server(ServerConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Server::~Server() = default;
std::uint16_t Server::start() {
  return impl_->start();
}
void Server::stop() {
  impl_->stop();
}

}  // namespace salesflow::apps
