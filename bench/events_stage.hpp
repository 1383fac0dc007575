// What the parts of the bench "events" share: data, users, plan of rounds, and where results go.
#pragma once

#include <string>
#include <vector>

#include "bench/dataset.hpp"
#include "bench/progress.hpp"
#include "bench/report.hpp"
#include "bench/rounds.hpp"
#include "bench/service.hpp"

namespace salesflow::bench {

inline constexpr const char* list_path = "/api/autopilot/message-events";
inline constexpr const char* create_path = "/api/autopilot/message-event";
inline constexpr const char* list_status = "sent";
inline constexpr int list_rows = 50;

struct EventsStage {
  Dataset& data;
  std::string database;        // of full size
  std::string small_database;  // a tenth of it
  TokenKey key;
  std::vector<BenchUser> users;
  RoundPlan list_plan, plain_plan, create_plan;
  int starts = 5;
  Progress& progress;
  Report& report;
};

/// Check 1 and 4: the list over HTTP against pgbench with the same statement, FastAPI and Fastify; gzip beside nginx'.
void measure_list(EventsStage& stage);
/// Check 2: buffers of every statement, custom and generic plans, at two sizes.
void measure_buffers(EventsStage& stage);
/// Check 3: answers without a database against nginx serving the same bytes from files.
void measure_plain_answers(EventsStage& stage);
/// Check 5: creating single events over HTTP against pgbench inserting them.
void measure_create(EventsStage& stage);
/// Check 6: memory with 1,000 idle connections, and time from start to ready.
void measure_idle_and_start(EventsStage& stage);

/// The variables pgbench scripts of this user may use, as "name=value", with `index` in their names: user_0, org_0.
std::vector<std::string> pgbench_user_variables(const std::vector<BenchUser>& users);

/// "4,812/s, 231 µs": what a series did, for a table cell.
std::string speed_cell(const Series& series);
/// The CPU time a request of all parties together, of both sides.
Cells total_cpu_cells(const Series& left, const Series& right);

}  // namespace salesflow::bench
