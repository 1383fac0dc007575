// salesflow: one binary with verbs. Each verb is a file beside this one.
#include <cstdio>
#include <exception>

#include "apps/salesflow/verbs/operating_verbs.hpp"
#include "apps/salesflow/verbs/verbs.hpp"

int main(int argc, char** argv) try {
  using namespace salesflow::apps;
  CLI::App app("SalesFlow: the data backend of a sales CRM, fast and exact on PostgreSQL and Redis", "salesflow");
  app.set_version_flag("--version", std::string("salesflow ") + SALESFLOW_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  salesflow demo                     a private PostgreSQL with data, served on http://127.0.0.1:8080\n"
      "  salesflow adopt --dry-run          what taking over the database of a service that runs would do\n"
      "  salesflow migrate up               brings the database of MIGRATION_DATABASE_URL up to date\n"
      "  salesflow serve                    serves the HTTP API from DATABASE_URL\n"
      "  salesflow VERB --help              options and examples of a verb");
  int exit_code = 0;
  add_serve(app, exit_code);
  add_demo(app, exit_code);
  add_adopt(app, exit_code);
  add_org(app, exit_code);
  add_migrate(app, exit_code);
  add_partition(app, exit_code);
  add_generate(app, exit_code);
  add_import(app, exit_code);
  add_score(app, exit_code);
  add_jobs(app, exit_code);
  add_changes(app, exit_code);
  add_rollup(app, exit_code);
  add_analytics(app, exit_code);
  add_cache(app, exit_code);
  add_token(app, exit_code);
  add_explain(app, exit_code);
  add_check(app, exit_code);
  add_baseline(app, exit_code);
  add_operator(app, exit_code);
  add_doctor(app, exit_code);
  add_proxy_config(app, exit_code);
  add_config(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return exit_code;
} catch (const std::exception& error) {
  std::fprintf(stderr, "salesflow: %s\n", error.what());
  return 1;
}
