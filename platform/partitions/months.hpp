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

/// The months without a partition from `from` (or this month, when that is later) to `months_ahead` after this one.
struct MonthsAnswer {
  Answer answer;
  std::vector<Month> months;
};
MonthsAnswer missing_months(Session& session, const Names& names, const std::string& from, int months_ahead);

/// Makes the missing months, each in a transaction of its own while reads and writes go on (SHARE UPDATE EXCLUSIVE);
/// returns their names. A partition belongs to the table's owner, has the storage options of the newest one, row level
/// security and no grant. Errors: internal where another table has its name, unavailable.
/// Nobody should ANALYZE an empty month: until then the planner takes it for ten pages and plans by index, which is
/// what a plan that is kept for days needs when the month begins.
Result<std::vector<std::string>> make_months(Run& run, const std::string& from);

/// Fills partitions, detached, covered_until and alarms. Changes nothing.
Result<void> look_at_partitions(Session& session, const Names& names, Status& status);

}  // namespace salesflow::partitions
