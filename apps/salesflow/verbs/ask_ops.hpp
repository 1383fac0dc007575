// Questions of operators' verbs to the database, as salesflow_app: asked once, printed as a table or as JSON.
#pragma once

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>
#include <string>

#include "apps/salesflow/compose/server_config.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/ops/store.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// "2026-11-29T09:00:00Z", "-" for none.
inline std::string time_text(const std::optional<TimePoint>& at) {
  return at && *at != time_minus_infinity ? format_rfc3339(*at).substr(0, 19) + "Z" : "-";
}

/// Asks DATABASE_URL by `ask(store, request)` and prints what comes; the exit code: 1 when the database does not
/// answer.
template <class Answer>
int ask_ops(const std::string& verb, bool as_json, Task<Result<Answer>> (*ask)(ops::Store&, RequestContext&),
            void (*print)(const Answer&)) {
  ConfigReader reader = make_config_reader("");
  postgres::PoolSettings pool = postgres::PoolSettings::read(reader);
  if (pool.conninfo.empty())
    reader.complain("DATABASE_URL must be set, as for salesflow serve");
  stop_on_complaints(reader);
  pool.connections = 1;
  pool.acquire_timeout = std::chrono::seconds(5);
  asio::io_context context;
  CoarseTimer timer(context);
  postgres::Database database(context, timer, pool);
  std::optional<Result<Answer>> answer;
  auto work = [&]() -> Task<void> {
    const auto store = ops::make_pg_store(database);
    RequestContext request;
    request.route = verb;
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    answer.emplace(co_await ask(*store, request));
    co_await database.drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  if (!*answer) {
    fmt::print(stderr, "salesflow {}: {}\n", verb, answer->error().public_detail);
    return 1;
  }
  if (as_json)
    fmt::print("{}\n", json::to_json(**answer));
  else
    print(**answer);
  return 0;
}

}  // namespace salesflow::apps
