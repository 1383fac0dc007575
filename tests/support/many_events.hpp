// A message_events with rows and with all that an operator may have hung on it.
#pragma once

#include <string>

#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// `count` events of `user_id` over the last `days` days, as the table's owner (row level security holds for others).
void fill_events(TestDatabase& database, const std::string& user_id, const std::string& org_id, int count,
                 int days = 300);

/// Views, materialized views over each other, triggers of every state, foreign keys, checks, grants, comments, a
/// publication, statistics, a sequence, policies here and elsewhere, a function with a bound body. As salesflow_owner.
void adorn_events(TestDatabase& database);

}  // namespace salesflow::test
