#include "platform/migrations/vacuum_wait.hpp"

#include <fmt/format.h>

#include <thread>

namespace salesflow::migrations {
namespace {

constexpr const char* others_sql =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client "
    "backend' AND pid <> pg_backend_pid() AND application_name <> 'salesflow migrate' AND (state IS DISTINCT FROM "
    "'idle' OR state_change > clock_timestamp() - $1::interval))";

constexpr const char* dead_sql =
    "SELECT n_dead_tup, n_live_tup FROM pg_stat_user_tables WHERE relid = to_regclass($1) AND n_dead_tup > "
    "$2::bigint AND n_dead_tup > n_live_tup * $3::float8";

}  // namespace

VacuumWait::VacuumWait(Session& session, const BackfillLimits& limits, std::string table,
                       std::function<void(std::string)> tell)
    : session_(session), limits_(limits), table_(std::move(table)), tell_(std::move(tell)) {}

std::string VacuumWait::dead_rows() {
  const auto dead = session_.run(
      dead_sql, {table_, std::to_string(limits_.dead_rows_min + dead_left_), std::to_string(limits_.dead_share_max)});
  return dead && dead.rows() > 0
             ? fmt::format("{} has {} dead rows beside {} live ones", table_, dead.cell(0, 0), dead.cell(0, 1))
             : std::string{};
}

bool VacuumWait::others_work() {
  const auto others = session_.run(others_sql, {fmt::format("{} ms", limits_.quiet.count())});
  return !others || others.truth();
}

void VacuumWait::vacuum(const std::string& dead) {
  const bool may = session_
                       .run(
                           "SELECT pg_has_role(relowner, 'USAGE') OR pg_has_role((SELECT datdba FROM pg_database WHERE "
                           "datname = current_database()), 'USAGE') FROM pg_class WHERE oid = to_regclass($1)",
                           {table_})
                       .truth();
  tell_(fmt::format("{}, and nobody else works on this database: {}", dead,
                    may ? "vacuums it" : "goes on (only its owner may vacuum it)"));
  if (may) {
    session_.run("VACUUM " + table_);
  }
  // What an old transaction holds back is not waited for again until as much is added.
  const auto left = session_.run("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = to_regclass($1)", {table_});
  dead_left_ = left && left.rows() > 0 ? std::stoll(left.value()) : 0;
}

void VacuumWait::run() {
  std::chrono::milliseconds since_told = limits_.tell_every, here{0};
  while (waited_ < limits_.vacuum_wait) {
    const std::string dead = dead_rows();
    if (dead.empty()) {
      return;
    }
    if (!others_work()) {
      vacuum(dead);
      return;
    }
    if (since_told >= limits_.tell_every) {
      tell_(fmt::format("{}: has waited {} s for autovacuum, {} s more at most", dead,
                        std::chrono::duration_cast<std::chrono::seconds>(here).count(),
                        std::chrono::duration_cast<std::chrono::seconds>(limits_.vacuum_wait - waited_).count()));
      since_told = {};
    }
    std::this_thread::sleep_for(limits_.pause);
    waited_ += limits_.pause;
    since_told += limits_.pause;
    here += limits_.pause;
  }
}

}  // namespace salesflow::migrations
