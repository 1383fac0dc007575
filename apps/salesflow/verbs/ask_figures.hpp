// Verbs that work on kept figures, as salesflow_worker: one connection, one thread, until they are done.
#pragma once

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <string>

#include "apps/salesflow/verbs/ask_ops.hpp"
#include "features/ops/figures.hpp"

namespace salesflow::apps {

/// A verb's own connection as salesflow_worker, and where it runs.
struct WorkerLine {
  asio::io_context& context;
  CoarseTimer& timer;
  postgres::Database& database;
};

/// What `work(line, request)`, a Task<Result<Answer>>, answers over SALESFLOW_WORKER_DATABASE_URL. `work` is a named
/// callable that outlives the call.
template <class Answer, class Work>
Result<Answer> ask_worker(const std::string& verb, std::chrono::seconds limit, Work& work) {
  ConfigReader reader = make_config_reader("");
  postgres::PoolSettings pool = postgres::PoolSettings::read(reader);
  pool.conninfo = reader.url("SALESFLOW_WORKER_DATABASE_URL", "The database as salesflow_worker");
  pool.replica_conninfo.clear();
  if (pool.conninfo.empty())
    reader.complain("SALESFLOW_WORKER_DATABASE_URL must be set, as for salesflow serve");
  stop_on_complaints(reader);
  pool.connections = 1;
  pool.acquire_timeout = std::chrono::seconds(5);
  asio::io_context context;
  CoarseTimer timer(context);
  postgres::Database database(context, timer, pool);
  std::optional<Result<Answer>> answer;
  auto all = [&]() -> Task<void> {
    WorkerLine line{context, timer, database};
    RequestContext request;
    request.route = verb;
    request.deadline = std::chrono::steady_clock::now() + limit;
    answer.emplace(co_await work(line, request));
    co_await database.drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(all), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  return std::move(*answer);
}

/// The same for `work(store, request)`.
template <class Answer, class Work>
Result<Answer> ask_figures(const std::string& verb, std::chrono::seconds limit, Work& work) {
  auto with_store = [&work](WorkerLine& line, RequestContext& request) -> Task<Result<Answer>> {
    const auto store = ops::make_pg_figure_store(line.database);
    co_return co_await work(*store, request);
  };
  return ask_worker<Answer>(verb, limit, with_store);
}

/// With --json one object on standard output, {"ok": false, "error": …}; the exit code.
inline int report_figure_error(const std::string& verb, bool as_json, const Error& error) {
  const std::string detail =
      error.log_detail.empty() ? error.public_detail : error.public_detail + " (" + error.log_detail + ")";
  std::string escaped;
  log::append_escaped(escaped, detail);
  if (as_json)
    fmt::print("{{\"ok\":false,\"code\":\"{}\",\"error\":\"{}\"}}\n", to_string(error.code), escaped);
  else
    fmt::print(stderr, "salesflow {}: {}\n", verb, detail);
  return 1;
}

}  // namespace salesflow::apps
