// One run of convert, maintain or revert: its connections, what it tells, and where the table stands.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/migrations/attempts.hpp"
#include "platform/migrations/fingerprint.hpp"
#include "platform/migrations/work.hpp"
#include "platform/partitions/partitions.hpp"

namespace salesflow::partitions {

using migrations::Answer;
using migrations::Session;

/// The names of one table, ready for SQL.
struct Names {
  std::string table;    // message_events
  std::string full;     // public.message_events
  std::string legacy;   // salesflow_partitions.message_events_legacy
  std::string retired;  // salesflow_partitions.message_events_retired, the parent after a revert
};

/// The row of salesflow.partitioned_tables.
struct State {
  std::string state = "plain";
  std::string boundary;
  bool created_at_nullable = false;  // as the plain table had it
  std::string primary_key;           // its constraint's name, "" before the swap
};

/// Holds the advisory lock of migrations while it lives.
struct Run {
  const Options& options;
  migrations::Options migration_options;
  migrations::Connected connected;
  Names names;
  int step_index = 0, steps = 0;

  Session& session() { return connected.session; }
  void tell(migrations::Progress::Kind kind, std::string text, double fraction = 0) const;
  /// Tells that the next step begins.
  void step(const std::string& name);
  /// Runs a statement that may take as long as a build; it waits for locks that stand in nobody's way.
  Answer run_long(const std::string& sql);
  /// Builds a unique index beside the traffic, as migrations do.
  Result<void> build_key(const std::string& schema, const std::string& table, const std::string& columns);
  /// One transaction that asks for its locks again and again; `body` starts with lock_timeout set.
  Result<void> attempt(const std::string& what, const std::function<Answer(const Session::Tick&)>& body);
};

/// Connects; with `lock` it waits for other runners. Errors: unavailable, invalid_argument for another table.
Result<Run> start_run(const Options& options, bool lock);

/// Runs `change` so that `migrate verify` knows what it made of the schema, also of one that fails half way. Without
/// the record (a database that no migration knows) it just runs.
Result<void> run_recorded(Run& run, const std::function<Result<void>()>& change);

/// Plain when there is no row. `answer` carries a failure.
Result<State> read_state(Session& session, const Names& names);
/// Makes schema, state table and row when they are missing.
Result<void> note_preparing(Run& run, const std::string& boundary);
/// Deletes the row; the state table and the partitions' schema go when nothing is left in them.
Result<void> forget_state(Run& run);
/// The statement that remembers, inside a swap, what the table had: key, nullability, and the text of each
/// materialized view that hangs on it, also on others of them.
std::string remember_sql(const Names& names, const std::string& state);

/// Statements one after the other until the first fails.
class Script {
 public:
  Script(Session& session, Session::Tick tick) : session_(session), tick_(std::move(tick)) {}
  Script& run(const std::string& sql, const Session::Arguments& arguments = {}) {
    if (last && !sql.empty()) {
      last = session_.run(sql, arguments, tick_);
      at = last ? at : sql;
    }
    return *this;
  }
  explicit operator bool() const { return static_cast<bool>(last); }
  Session& session() { return session_; }
  Answer last;
  std::string at;  // the failed statement

 private:
  Session& session_;
  Session::Tick tick_;
};

/// Waits up to five seconds until vacuum, index builds and other changes of the table let it go (an automatic vacuum
/// does after one), without standing in a reader's or writer's way. Inside attempt().
Answer lock_quietly(Run& run, const Session::Tick& tick);
/// Takes all locks of a swap: views over the relation, tables whose policies read it and tables it references first,
/// the relation itself last. Together they wait options.lock_timeout at most, less than deadlock_timeout, so that no
/// client is chosen as a deadlock's victim.
Answer lock_for_swap(Run& run, const std::string& relation, const Session::Tick& tick);

/// `name` as an SQL identifier, `text` as a literal.
std::string ident(const std::string& name);
std::string literal(const std::string& text);
/// REVOKE statements for everybody who holds a privilege on the relation; with the owner when `with_owner`.
Answer revoke_all(Session& session, const std::string& relation, bool with_owner);

}  // namespace salesflow::partitions
