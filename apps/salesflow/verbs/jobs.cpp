// salesflow jobs: what runs in the background, on which node, when last and when next.
#include "apps/salesflow/verbs/ask_ops.hpp"

namespace salesflow::apps {
namespace {

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
  jobs->callback(
      [as_json, &exit_code] { exit_code = ask_ops<ops::JobsAnswer>("jobs", *as_json, ops::list_jobs, print); });
}

}  // namespace salesflow::apps
