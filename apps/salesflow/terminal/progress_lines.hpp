// What schema changes tell while they run, as lines for people on standard error.
#pragma once

#include "platform/migrations/runner.hpp"

namespace salesflow::apps {

/// A line for each step; a bar for builds where there is a terminal.
void print_progress(const migrations::Progress& progress);

}  // namespace salesflow::apps
