// platform/plans on a test's own database: as salesflow_app with the tenant set.
#pragma once

#include "platform/plans/plan_check.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

using plans::budget_of;
using plans::PlanFacts;
using plans::PlanMode;

/// Throws with the statement's name and PostgreSQL's message.
inline PlanFacts explain(TestDatabase& database, const std::optional<Uuid>& user_id, const std::optional<Uuid>& org_id,
                         const Query& query, const std::vector<std::string>& arguments, PlanMode mode) {
  return plans::explain(database.session(Login::app), {user_id, org_id}, query, arguments, mode).value();
}

}  // namespace salesflow::test
