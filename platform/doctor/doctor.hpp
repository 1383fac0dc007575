// The doctor looks at a database, says what is wrong with it and what mends that, and changes nothing.
//   auto session = cluster::SqlSession::connect(url);
//   auto report = doctor::examine(*session, {});
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/cluster/sql_session.hpp"
#include "platform/doctor/thresholds.hpp"

namespace salesflow::doctor {

/// info: advice, no fault. warning: it costs, or will. error: data or walls are in danger, or a service stands still.
enum class Level { info, warning, error };
enum class Language { en, de };

/// One fault of one object. What it means, its risk and its lock stand with its check (checks.hpp) in each language.
struct Finding {
  std::string id;  // of its check: "unused_index"
  Level level = Level::warning;
  std::string object;              // "public.idx_leads_email", "pid 4711", the name of a setting
  boost::json::object evidence{};  // figures and names
  std::string remedy{};            // statements that mend it; "" where none does, and the check's advice says what
  std::string undo{};              // statements that take the remedy back; "" where nothing is to be taken back
};

/// Why something was not looked at.
enum class Why {
  no_statements,     // pg_stat_statements is not there
  not_preloaded,     // … or not in shared_preload_libraries
  old_statements,    // … or of an older version than the server
  not_permitted,     // this login may not
  sessions_hidden,   // other logins' sessions and statements
  tables_hidden,     // statistics of tables that this login may not read
  not_migrated,      // the database has no schema of SalesFlow
  on_replica,        // only the primary knows
  behind_pooler,     // what the pooler does with its clients
  untested_version,  // of PostgreSQL
  too_slow,          // the time limit of a check
  failed,            // anything else, with PostgreSQL's words
};

struct NotSeen {
  std::string what;  // a check's id; "" for all of them
  Why why = Why::failed;
  std::string detail;  // the version, the login, the server's message
};

struct Report {
  std::string database, login, version;
  std::vector<Finding> findings;  // errors first, then in the order of the checks
  std::vector<NotSeen> not_seen;
  std::vector<std::string> looked_at;  // checks that ran

  /// 0 nothing but info, 1 warnings, 2 errors.
  int exit_code() const;
};

struct Options {
  Thresholds thresholds{};
  std::set<std::string> only{};  // checks' ids; all when empty
  /// The endpoints that run a statement, by its name ("events.list_pending"): "GET /api/…, …".
  std::function<std::string(std::string_view)> endpoints{};
};

/// Whether a version as the server tells it (150004 = 15.4) is one that this was tried on.
bool is_tested(int version);

/// Runs the checks one by one in one transaction that is READ ONLY, each with its time limit and with at most a second
/// for a lock, and rolls back. A check that cannot run is told in not_seen and the others go on; nothing of the session
/// is left changed, so it may go through a transaction pooler. Takes under a second on most databases.
/// Errors: unavailable (the connection was lost), invalid_argument (`only` names no check).
Result<Report> examine(cluster::SqlSession& session, const Options& options);

}  // namespace salesflow::doctor
