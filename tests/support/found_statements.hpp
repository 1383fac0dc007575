// What the old service and its clients go on sending to the found database (found_statements.sql): for tests that old
// writers go on working.
#pragma once

#include <string>
#include <vector>

#include "platform/cluster/sql_session.hpp"
#include "tests/support/found_shapes.hpp"

namespace salesflow::test {

struct OldStatement {
  std::string name;  // "lead: handed over, satellites and all"
  std::string role;  // authenticated | service_role | anon | owner
  std::string sql;
  int user = 0;
};

/// Those that a shape has the columns for, as one of the users 1..8 sends them.
std::vector<OldStatement> old_statements(const FoundShape& shape, int user = 3);

/// Runs one as its role with its user's claims, in a transaction of its own; "" or "SQLSTATE: message". With `keep`
/// false it is rolled back. `session` is a superuser's.
std::string run_old_statement(cluster::SqlSession& session, const OldStatement& statement, bool keep);

}  // namespace salesflow::test
