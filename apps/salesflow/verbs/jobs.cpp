// salesflow jobs: what runs in the background, on which node, when last and when next.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/ops/store.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {
namespace {

std::string time_text(const std::optional<TimePoint>& at) {
  return at && *at != time_minus_infinity ? format_rfc3339(*at).substr(0, 19) + "Z" : "-";
}

void print(const ops::JobsAnswer& answer) {
  fmt::print("{:<26} {:<8} {:<8} {:>6} {:<20} {:<20} {}\n", "job", "runs per", "last", "rows", "started", "next",
             "node");
  for (const ops::JobRow& job : answer.jobs) {
    fmt::print("{:<26} {:<8} {:<8} {:>6} {:<20} {:<20} {}{}\n", job.name, job.place, job.outcome.value_or("-"),
               job.rows.value_or(0), time_text(job.started_at), time_text(job.next_run_at), job.node.value_or("-"),
               job.is_late ? "  LATE" : "");
    if (job.error)
      fmt::print("{:<26} {}\n", "", *job.error);
  }
}

int run_jobs(bool as_json) {
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
  std::optional<Result<ops::JobsAnswer>> answer;
  auto work = [&]() -> Task<void> {
    const auto store = ops::make_pg_store(database);
    RequestContext request;
    request.route = "jobs";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto rows = co_await store->list_jobs(request);
    if (rows) {
      answer.emplace(ops::JobsAnswer());
      (*answer)->jobs = std::move(*rows);
    } else {
      answer.emplace(rows.error());
    }
    co_await database.drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  if (!*answer) {
    fmt::print(stderr, "salesflow jobs: {}\n", answer->error().public_detail);
    return 1;
  }
  if (as_json)
    fmt::print("{}\n", json::to_json(**answer));
  else
    print(**answer);
  return 0;
}

}  // namespace

void add_jobs(CLI::App& app, int& exit_code) {
  auto* jobs = app.add_subcommand("jobs", "Show background jobs: who runs each, its last run and its next");
  jobs->footer(
      "Examples:\n"
      "  salesflow jobs\n"
      "  salesflow jobs --json\n"
      "It asks DATABASE_URL. A job that runs once per database has one line, one that each node runs a line for each\n"
      "node of the last hour. LATE: it last succeeded too long ago. Exit code 0: done; 1: the database did not "
      "answer.");
  auto as_json = std::make_shared<bool>(false);
  jobs->add_flag("--json", *as_json, "One JSON object on standard output, as GET /api/ops/jobs answers");
  jobs->callback([as_json, &exit_code] { exit_code = run_jobs(*as_json); });
}

}  // namespace salesflow::apps
