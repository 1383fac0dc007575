// Verbs of who watches a service that runs; as those of verbs.hpp.
#pragma once

#include <CLI/CLI.hpp>

namespace salesflow::apps {

void add_check(CLI::App& app, int& exit_code);
void add_baseline(CLI::App& app, int& exit_code);
void add_operator(CLI::App& app, int& exit_code);

}  // namespace salesflow::apps
