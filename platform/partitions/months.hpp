// The monthly partitions: which there are, which must be made, and making one.
#pragma once

#include <string>
#include <vector>

#include "platform/partitions/run.hpp"

namespace salesflow::partitions {

struct Month {
  std::string name;      // salesflow_partitions.message_events_2026_12
  std::string from, to;  // instants, as SQL takes them
};

/// The months without a partition, from this one to `months_ahead` after it (migration 0036).
struct MonthsAnswer {
  Answer answer;
  std::vector<Month> months;
};
MonthsAnswer missing_months(Session& session, const Names& names, int months_ahead);

/// Whether the database has what makes months. Errors: conflict, with what to run.
Result<void> check_months(Session& session);

/// Makes the missing months, each in a transaction of its own while reads and writes go on (SHARE UPDATE EXCLUSIVE);
/// returns their names. What a partition needs stands in salesflow.make_month (migration 0036), which the service's job
/// calls as well. Errors: internal where another table has its name, unavailable.
/// Nobody should ANALYZE an empty month: until then the planner takes it for ten pages and plans by index, which is
/// what a plan that is kept for days needs when the month begins.
Result<std::vector<std::string>> make_months(Run& run);

/// Fills partitions, detached, covered_until and alarms. Changes nothing.
Result<void> look_at_partitions(Session& session, const Names& names, Status& status);

}  // namespace salesflow::partitions
