// The service's own statements (compiled-in constants, never copies) in the forms that pgbench and EXPLAIN take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/cluster/sql_session.hpp"
#include "platform/core/query.hpp"

namespace salesflow::bench {

/// The text of a statement with each parameter $n replaced by what stands for it in the caller's argument list
/// (one entry an argument that the .sql header lists), cast to its type: ":user_0::uuid".
/// Throws std::invalid_argument when the number of arguments differs.
std::string with_arguments(const Query& query, const std::vector<std::string>& arguments);

/// One transaction as a pgbench script: all statements in one pipeline, each on one line.
std::string pgbench_pipeline(const std::vector<std::string>& statements);

/// "uuid" for 2950 and so on, for the types that .sql headers know. Throws std::invalid_argument for others.
std::string_view type_name(std::uint32_t oid);

enum class PlanMode { custom, generic };
std::string_view to_string(PlanMode mode) noexcept;

/// What one execution cost.
struct PlanCost {
  std::int64_t buffers = 0;  // shared, hit and read, of the statement itself; planning is not part of it
  std::int64_t rows = 0;
};

/// Executes a statement as a prepared one on `session` inside a transaction whose tenant is `user_id`, twice, and
/// returns what EXPLAIN (ANALYZE, BUFFERS) says of the second: warm, hint bits set. `arguments` are SQL literals, one
/// an argument of the .sql header. Leaves the transaction rolled back. Throws std::runtime_error.
PlanCost explain(cluster::SqlSession& session, const Query& query, const std::vector<std::string>& arguments,
                 const std::string& user_id, PlanMode mode);

/// Reads the JSON of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON). Throws std::runtime_error when it is something else.
PlanCost parse_explain(std::string_view explain_json);

}  // namespace salesflow::bench
