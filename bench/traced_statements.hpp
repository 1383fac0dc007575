// What the service really sent for a request, read from PostgreSQL's own log: the statements that pgbench repeats.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/dataset.hpp"

namespace salesflow::bench {

/// One executed statement with the arguments it was bound to; nullopt is NULL.
struct TracedStatement {
  std::string text;
  std::vector<std::optional<std::string>> arguments;
};

/// Runs `request` with every statement logged and returns what salesflow_app executed meanwhile, in order. Nothing else
/// may use the database. Logging is off again afterwards. Throws std::runtime_error when nothing was executed.
std::vector<TracedStatement> trace_statements(Dataset& data, std::string_view database,
                                              const std::function<void()>& request);

/// Reads PostgreSQL's jsonlog; lines of other users, databases and kinds are skipped, and a last one that is still
/// being written. Throws std::runtime_error for what is no jsonlog.
std::vector<TracedStatement> parse_statement_log(std::string_view log, std::string_view user,
                                                 std::string_view database);

/// The statements as one pgbench script in a pipeline; arguments become the variables that are appended to `variables`
/// as "name=value", their names beginning with `prefix`. Types are those of the service's catalogue.
std::string to_pgbench(const std::vector<TracedStatement>& statements, std::string_view prefix,
                       std::vector<std::string>& variables);

}  // namespace salesflow::bench
