// The verbs of the binary, a file each. A verb adds its subcommand, with examples in its --help, and sets `exit_code`
// when it ran: 0 done, 1 failed (one clear message on stderr), 2 wrong usage.
#pragma once

#include <CLI/CLI.hpp>

namespace salesflow::apps {

void add_serve(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_adopt(CLI::App& app, int& exit_code);
void add_org(CLI::App& app, int& exit_code);
void add_migrate(CLI::App& app, int& exit_code);
void add_partition(CLI::App& app, int& exit_code);
void add_generate(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
/// Under import.
void add_import_events(CLI::App& import, int& exit_code);
void add_import_leads(CLI::App& import, int& exit_code);
void add_import_opportunities(CLI::App& import, int& exit_code);
void add_score(CLI::App& app, int& exit_code);
void add_jobs(CLI::App& app, int& exit_code);
void add_changes(CLI::App& app, int& exit_code);
void add_rollup(CLI::App& app, int& exit_code);
void add_analytics(CLI::App& app, int& exit_code);
void add_cache(CLI::App& app, int& exit_code);
void add_token(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_proxy_config(CLI::App& app, int& exit_code);
void add_config(CLI::App& app, int& exit_code);

}  // namespace salesflow::apps
