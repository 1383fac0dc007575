// What a backfill does about the dead rows that it leaves: let them be vacuumed before they pile up.
#pragma once

#include <functional>
#include <string>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// For one backfill over one table.
class VacuumWait {
 public:
  VacuumWait(Session& session, const BackfillLimits& limits, std::string table, std::function<void(std::string)> tell);
  /// Called between batches. Where the table has few dead rows: nothing. Where nobody else has worked on the database
  /// for limits.quiet: a VACUUM, or none where this login may not. Else it waits for autovacuum, telling every
  /// limits.tell_every how long and how many rows are dead, for limits.vacuum_wait in all at most: autovacuum may be
  /// off, or held back by an old transaction.
  void run();

 private:
  /// "120,000 dead rows beside 30,000 live ones", "" while they are few.
  std::string dead_rows();
  bool others_work();
  void vacuum(const std::string& dead);

  Session& session_;
  const BackfillLimits& limits_;
  std::string table_;
  std::function<void(std::string)> tell_;
  std::chrono::milliseconds waited_{0};
  std::int64_t dead_left_ = 0;  // what our own vacuum could not take
};

}  // namespace salesflow::migrations
