#include "platform/partitions/run.hpp"

#include <fmt/format.h>

#include "platform/migrations/index_build.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::partitions {

using migrations::Progress;
using migrations::to_error;

namespace {

using Clock = std::chrono::steady_clock;

// What a swap locks, as statements in their order: a change of owner to the same owner locks a view alone,
// where LOCK TABLE would lock all that is below it as well.
constexpr const char* locks_sql = R"sql(
SELECT statement FROM (
  SELECT DISTINCT 1 AS place, format('ALTER VIEW %s OWNER TO %I', v.oid::regclass, pg_get_userbyid(v.relowner)) AS statement
  FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid JOIN pg_class AS v ON v.oid = r.ev_class
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND v.relkind = 'v'
  UNION
  SELECT 2, format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p.polrelid::regclass)
  FROM pg_depend AS d JOIN pg_policy AS p ON p.oid = d.objid
  WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND p.polrelid <> to_regclass($1)
  UNION
  SELECT 3, format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', confrelid::regclass)
  FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'f' AND confrelid <> conrelid
    AND (has_table_privilege(confrelid, 'UPDATE') OR has_table_privilege(confrelid, 'DELETE'))
  UNION
  SELECT 9, CASE relkind WHEN 'm' THEN format('ALTER MATERIALIZED VIEW %s OWNER TO %I', oid::regclass, pg_get_userbyid(relowner))
                         ELSE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', oid::regclass) END
  FROM pg_class WHERE oid = to_regclass($1)
) AS s ORDER BY place, statement)sql";

constexpr auto quiet_lock_timeout = std::chrono::milliseconds(5'000);  // for a lock that stands in no client's way

std::string in_ms(std::chrono::milliseconds time) {
  return fmt::format("{}ms", std::max<long>(1, time.count()));
}

}  // namespace

std::string ident(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

void Run::tell(Progress::Kind kind, std::string text, double fraction) const {
  if (options.progress) {
    options.progress({kind, "", step_index, steps, fraction, std::move(text), 0});
  }
}

void Run::step(const std::string& name) {
  ++step_index;
  if (options.progress) {
    options.progress({Progress::Kind::started, name, step_index, steps, 0, "", 0});
  }
}

Answer Run::run_long(const std::string& sql) {
  static const migrations::Migration none{};
  return migrations::run_concurrently({session(), connected.watcher(), migration_options, none, step_index, steps},
                                      sql);
}

Result<void> Run::build_key(const std::string& schema, const std::string& table, const std::string& columns) {
  static const migrations::Migration none{};
  const std::string name = "salesflow_new_key";
  const migrations::IndexStatement index{true, name, schema, table, columns};
  return migrations::build_as({session(), connected.watcher(), migration_options, none, step_index, steps}, index,
                              name);
}

Result<void> Run::attempt(const std::string& what, const std::function<Answer(const Session::Tick&)>& body) {
  const auto locked = [&](const Session::Tick& tick) {
    const auto set =
        session().run("SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)",
                      {in_ms(options.lock_timeout), in_ms(quiet_lock_timeout * 2)});
    return set ? body(tick) : set;
  };
  const auto tell_waiting = [this](std::string text) { tell(Progress::Kind::waiting, std::move(text)); };
  return migrations::run_attempts({session(), connected.watcher(), migration_options, tell_waiting}, locked,
                                  [&] { return what; });
}

Result<Run> start_run(const Options& options, bool lock) {
  if (options.table != "message_events") {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a table that SalesFlow partitions: message_events is", options.table),
                "table");
  }
  migrations::Options shared;
  shared.database_url = options.database_url;
  shared.progress = options.progress;
  shared.lock_timeout = options.lock_timeout;
  shared.lock_budget = options.lock_budget;
  shared.build_budget = options.build_budget;
  shared.runner_wait = options.runner_wait;
  auto connected = migrations::connect(shared);
  if (!connected) {
    return connected.error();
  }
  const std::string schema = partition_schema;
  const std::string& table = options.table;
  Run run{options,
          std::move(shared),
          std::move(*connected),
          {table, "public." + table, fmt::format("{}.{}_legacy", schema, table),
           fmt::format("{}.{}_retired", schema, table)}};
  if (lock) {
    if (auto locked = take_lock(run.session(), run.migration_options); !locked) {
      return locked.error();
    }
  }
  // Names in full and instants in UTC, whatever the login's defaults are.
  const auto set = run.session().run(
      "SELECT set_config('search_path', '', false), set_config('TimeZone', 'UTC', false), set_config('DateStyle', "
      "'ISO', false)");
  return set ? Result<Run>(std::move(run)) : Result<Run>(to_error(set.error(), "preparing the session"));
}

Result<void> run_recorded(Run& run, const std::function<Result<void>()>& change) {
  // Also a revert is an "up": what the conversion took away (storage options) is made again.
  constexpr auto direction = migrations::Direction::up;
  if (!run.session().run("SELECT to_regclass('salesflow.schema_objects') IS NOT NULL").truth())
    return change();
  // A session of its own: it prints names as migrations do, this run's prints them in full.
  auto recorder = Session::open(run.options.database_url, run.migration_options.connect_timeout);
  if (!recorder)
    return recorder.error();
  if (auto began = migrations::begin_recording(*recorder, direction); !began)
    return began;
  auto changed = change();
  auto finished = migrations::finish_recording(*recorder, direction);
  return changed ? finished : changed;
}

Result<State> read_state(Session& session, const Names& names) {
  State state;
  const auto there = session.run("SELECT to_regclass('salesflow.partitioned_tables') IS NOT NULL");
  if (!there) {
    return to_error(there.error(), "looking for the partitions' state");
  }
  if (!there.truth()) {
    return state;
  }
  const auto row = session.run(
      "SELECT state, boundary, coalesce((facts ->> 'created_at_nullable')::boolean, false), facts ->> 'primary_key' "
      "FROM salesflow.partitioned_tables WHERE table_name = $1",
      {names.full});
  if (!row) {
    return to_error(row.error(), "reading the partitions' state");
  }
  if (row.rows() > 0) {
    state = {row.cell(0, 0), row.cell(0, 1), row.cell(0, 2) == "t", row.cell(0, 3)};
  }
  return state;
}

Result<void> note_preparing(Run& run, const std::string& boundary) {
  return run.attempt("noting the conversion", [&](const Session::Tick& tick) {
    Script script(run.session(), tick);
    script.run(
        "CREATE TABLE IF NOT EXISTS salesflow.partitioned_tables (table_name text PRIMARY KEY, state text NOT NULL "
        "CHECK (state IN "
        "('preparing', 'converted', 'reverting')), boundary timestamptz NOT NULL, facts jsonb NOT NULL DEFAULT '{}', "
        "changed_at timestamptz "
        "NOT NULL DEFAULT now())");
    script.run(
        "DO $$ BEGIN IF salesflow.acts_as_owner() THEN ALTER TABLE salesflow.partitioned_tables OWNER TO "
        "salesflow_owner; END IF; END $$");
    script.run(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", partition_schema));
    script.run(fmt::format("COMMENT ON SCHEMA {} IS 'Partitions, made by SalesFlow. Only owners enter it.'",
                           partition_schema));
    script.run(
        fmt::format("DO $$ BEGIN IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = "
                    "{0}::regclass) THEN EXECUTE "
                    "(SELECT format('GRANT USAGE, CREATE ON SCHEMA {1} TO %I', pg_get_userbyid(relowner)) FROM "
                    "pg_class WHERE oid = {0}::regclass); "
                    "END IF; END $$",
                    literal(run.names.full), partition_schema));
    script.run(
        "INSERT INTO salesflow.partitioned_tables (table_name, state, boundary) VALUES ($1, 'preparing', $2) "
        "ON CONFLICT (table_name) DO UPDATE SET state = 'preparing', boundary = excluded.boundary, changed_at = now()",
        {run.names.full, boundary});
    return script.last;
  });
}

Result<void> forget_state(Run& run) {
  return run.attempt("clearing up after the conversion", [&](const Session::Tick& tick) {
    Script script(run.session(), tick);
    script.run("DELETE FROM salesflow.partitioned_tables WHERE table_name = $1", {run.names.full});
    script.run(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM salesflow.partitioned_tables) THEN DROP TABLE "
        "salesflow.partitioned_tables; END IF; END $$");
    script.run(
        fmt::format("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('{0}')) "
                    "THEN DROP SCHEMA IF EXISTS {0}; END IF; END $$",
                    partition_schema));
    return script.last;
  });
}

std::string remember_sql(const Names& names, const std::string& state) {
  return fmt::format(R"sql(
WITH RECURSIVE hanging (oid) AS (
  SELECT {0}::regclass::oid
  UNION
  SELECT r.ev_class FROM hanging AS h JOIN pg_depend AS d ON d.refobjid = h.oid AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite AS r ON r.oid = d.objid WHERE r.ev_class <> h.oid),
texts AS (SELECT jsonb_object_agg(c.oid::regclass::text, pg_get_viewdef(c.oid)) AS all_of_them
          FROM pg_class AS c JOIN hanging AS h USING (oid) WHERE relkind = 'm')
UPDATE salesflow.partitioned_tables SET state = {1}, changed_at = now(), facts = facts || jsonb_build_object('definitions', coalesce(facts -> 'definitions', '{{}}') || coalesce(all_of_them, '{{}}'))
FROM texts WHERE table_name = {2})sql",
                     literal(names.full), literal(state), literal(names.full));
}

Answer lock_quietly(Run& run, const Session::Tick& tick) {
  const auto set_timeout = [&](std::chrono::milliseconds time) {
    return run.session().run("SELECT set_config('lock_timeout', $1, true)", {in_ms(time)});
  };
  Answer answer = set_timeout(std::max(quiet_lock_timeout, run.options.lock_timeout));
  if (answer) {
    answer = run.session().run(fmt::format("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE", run.names.full), {}, tick);
  }
  return answer ? set_timeout(run.options.lock_timeout) : answer;
}

Answer lock_for_swap(Run& run, const std::string& relation, const Session::Tick& tick) {
  Session& session = run.session();
  Answer answer = relation == run.names.full ? lock_quietly(run, tick) : Answer();
  const Answer locks = answer ? session.run(locks_sql, {relation}) : answer;
  answer = locks;
  const auto end = Clock::now() + run.options.lock_timeout;
  for (int row = 0; answer && row < locks.rows(); ++row) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    answer = session.run("SELECT set_config('lock_timeout', $1, true)", {in_ms(left)});
    if (answer) {
      answer = session.run(locks.cell(row, 0), {}, tick);
    }
  }
  return answer;
}

Answer revoke_all(Session& session, const std::string& relation, bool with_owner) {
  const auto statements = session.run(
      "SELECT string_agg(DISTINCT format('REVOKE ALL ON TABLE %s FROM %s CASCADE', c.oid::regclass, CASE a.grantee "
      "WHEN 0 THEN 'PUBLIC' ELSE "
      "quote_ident(pg_get_userbyid(a.grantee)) END), '; ') FROM pg_class AS c, LATERAL (SELECT grantee FROM "
      "aclexplode(coalesce(c.relacl, "
      "acldefault('r', c.relowner))) UNION SELECT x.grantee FROM pg_attribute, aclexplode(attacl) AS x WHERE attrelid "
      "= c.oid) AS a "
      "WHERE c.oid = to_regclass($1) AND (a.grantee <> c.relowner OR $2::boolean)",
      {relation, with_owner ? "t" : "f"});
  if (!statements || statements.value().empty()) {
    return statements;
  }
  return session.run(statements.value());
}

}  // namespace salesflow::partitions
