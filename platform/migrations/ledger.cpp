#include "platform/migrations/ledger.hpp"

#include <fmt/format.h>

#include <thread>

namespace salesflow::migrations {
namespace {

// Any constant of our own; advisory locks are per database.
constexpr const char* lock_key = "7237970109966541921";  // "salesfl!" as a number
constexpr const char* lock_holder_sql =
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ((classid::bigint << 32) | objid::bigint) = $1::bigint";
constexpr const char* activity_sql =
    "SELECT string_agg(format('pid %s (user %s, application %s, %s for %s s): %s', pid, usename, "
    "coalesce(nullif(application_name, ''), '-'), "
    "state, round(extract(epoch FROM now() - coalesce(xact_start, state_change))), "
    "coalesce(nullif(left(regexp_replace(query, '\\s+', ' ', 'g'), 120), ''), '-')), "
    "'; ') FROM pg_stat_activity WHERE pid = ANY($1::integer[])";

std::string holder_of(Session& session) {
  const auto holder = session.run(lock_holder_sql, {lock_key});
  return holder ? holder.value() : "";
}

}  // namespace

Error to_error(const SqlError& error, const std::string& doing) {
  Errc code = Errc::internal;
  if (error.is("42501")) {
    code = Errc::forbidden;
  } else if (error.sqlstate.empty() || error.is("55P03") || error.is("57014") || error.sqlstate.starts_with("57P") ||
             error.sqlstate.starts_with("08") || error.sqlstate.starts_with("53")) {
    code = Errc::unavailable;
  }
  return fail(code, doing + ": " + error.to_string());
}

Result<void> take_lock(Session& session, const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::string told;
  while (true) {
    const auto taken = session.run("SELECT pg_try_advisory_lock($1::bigint)", {lock_key});
    if (!taken) {
      return to_error(taken.error(), "taking the migration lock");
    }
    if (taken.truth()) {
      return {};
    }
    const std::string holder = holder_of(session);
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited > options.runner_wait) {
      return fail(Errc::unavailable, fmt::format("another migration runs (pid {}); gave up after {} s", holder,
                                                 std::chrono::duration_cast<std::chrono::seconds>(waited).count()));
    }
    if (options.progress && holder != told) {
      Progress waiting;
      waiting.kind = Progress::Kind::waiting;
      waiting.text = "another migration runs: pid " + holder;
      options.progress(waiting);
      told = holder;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

bool lock_is_held(Session& session) {
  return !holder_of(session).empty();
}

Result<void> ensure_ledger(Session& session) {
  const auto found = session.run(
      "SELECT to_regnamespace('salesflow') IS NOT NULL, to_regclass('salesflow.schema_migrations') IS NOT NULL, "
      "EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('salesflow')), "
      "to_regclass('salesflow.schema_objects') IS NOT NULL, to_regclass('salesflow.backfills') IS NOT NULL, "
      "to_regclass('salesflow.found_indexes') IS NOT NULL");
  if (!found) {
    return to_error(found.error(), "looking for the ledger");
  }
  const bool schema = found.cell(0, 0) == "t", ledger = found.cell(0, 1) == "t", objects = found.cell(0, 3) == "t",
             backfills = found.cell(0, 4) == "t", indexes = found.cell(0, 5) == "t";
  if (ledger && objects && backfills && indexes) {
    return {};
  }
  if (!ledger && found.cell(0, 2) == "t") {
    return fail(
        Errc::conflict,
        "schema \"salesflow\" exists with contents of someone else; SalesFlow needs that name. Rename it: ALTER SCHEMA "
        "salesflow RENAME TO …");
  }
  std::string sql;
  if (!schema) {
    sql += "CREATE SCHEMA salesflow; COMMENT ON SCHEMA salesflow IS 'made by SalesFlow'; ";
  }
  if (!ledger) {
    sql +=
        "CREATE TABLE salesflow.schema_migrations (version integer PRIMARY KEY, name text NOT NULL, phase text NOT "
        "NULL, checksum text NOT NULL, "
        "state text NOT NULL CHECK (state IN ('running', 'applied')), applied_at timestamptz NOT NULL DEFAULT now(), "
        "duration_ms bigint NOT NULL DEFAULT 0, app_version text NOT NULL, applied_by text NOT NULL DEFAULT "
        "current_user); ";
  }
  if (!objects) {
    sql +=
        "CREATE TABLE salesflow.schema_objects (state text NOT NULL CHECK (state IN ('before', 'after', 'made')), kind "
        "text NOT NULL, object text NOT NULL, parent text NOT NULL, definition text NOT NULL, found text, "
        "PRIMARY KEY (state, kind, object)); ";
  }
  if (!backfills) {
    sql +=
        "CREATE TABLE salesflow.backfills (name text PRIMARY KEY, after_version integer NOT NULL, checksum text NOT "
        "NULL, last_key text, looked bigint NOT NULL DEFAULT 0, changed bigint NOT NULL DEFAULT 0, started_at "
        "timestamptz NOT NULL DEFAULT now(), finished_at timestamptz); ";
  }
  if (!indexes) {
    sql +=
        "CREATE TABLE salesflow.found_indexes (name text PRIMARY KEY, relation text NOT NULL, scans bigint NOT NULL, "
        "other_scans bigint NOT NULL, answered_by text, why text); ";
  }
  if (!ledger) {
    // How much each index was used before our own work is counted among its users.
    sql +=
        "INSERT INTO salesflow.found_indexes (name, relation, scans, other_scans) SELECT format('%I.%I', schemaname, "
        "indexrelname), format('%I.%I', schemaname, relname), idx_scan, sum(idx_scan) OVER (PARTITION BY relid) - "
        "idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'public'; ";
  }
  const auto made = session.run(sql);  // one message, so one transaction
  if (!made) {
    auto error = to_error(made.error(), "making the ledger");
    if (error.code == Errc::forbidden) {
      error.public_detail += ". Let an administrator run: GRANT CREATE ON DATABASE " +
                             session.run("SELECT quote_ident(current_database())").value() + " TO " +
                             session.run("SELECT quote_ident(current_user)").value() + ";";
    }
    return error;
  }
  return {};
}

Result<void> remove_ledger(Session& session) {
  const auto gone = session.run(
      "DO $$ BEGIN DROP TABLE salesflow.schema_migrations; SET LOCAL client_min_messages = warning; "
      "DROP TABLE IF EXISTS salesflow.schema_objects, salesflow.backfills, salesflow.found_indexes; "
      "IF obj_description('salesflow'::regnamespace, 'pg_namespace') = 'made by SalesFlow' THEN DROP SCHEMA salesflow; "
      "END IF; END $$");
  if (!gone) {
    return to_error(gone.error(), "removing the ledger");
  }
  return {};
}

Result<Ledger> read_ledger(Session& session) {
  Ledger ledger;
  const auto exists = session.run("SELECT to_regclass('salesflow.schema_migrations') IS NOT NULL");
  if (!exists) {
    return to_error(exists.error(), "looking for the ledger");
  }
  if (!exists.truth()) {
    return ledger;
  }
  const auto ours = session.run(
      "SELECT count(*) = 8 FROM pg_attribute WHERE attrelid = 'salesflow.schema_migrations'::regclass AND attname IN "
      "('version', 'name', 'phase', 'checksum', 'state', 'applied_at', 'duration_ms', 'app_version') AND NOT "
      "attisdropped");
  if (ours && !ours.truth()) {
    return fail(Errc::conflict,
                "a table salesflow.schema_migrations exists already that SalesFlow did not make. SalesFlow keeps its "
                "record of migrations under that name, in a schema of its own. Rename yours: ALTER SCHEMA salesflow "
                "RENAME TO …; nothing was changed");
  }
  const auto rows = session.run(
      "SELECT version, name, phase, checksum, state = 'running', "
      "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), duration_ms FROM "
      "salesflow.schema_migrations");
  if (!rows) {
    return to_error(rows.error(), "reading the ledger");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    LedgerRow row{std::stoi(rows.cell(i, 0)),
                  rows.cell(i, 1),
                  rows.cell(i, 2),
                  rows.cell(i, 3),
                  rows.cell(i, 4) == "t",
                  rows.cell(i, 5),
                  std::stoll(rows.cell(i, 6))};
    ledger.emplace(row.version, std::move(row));
  }
  return ledger;
}

Answer write_ledger(Session& session, const Migration& migration, bool running, std::int64_t duration_ms,
                    const std::string& app_version) {
  return session.run(
      "INSERT INTO salesflow.schema_migrations (version, name, phase, checksum, state, duration_ms, app_version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (version) DO UPDATE SET name = excluded.name, phase = excluded.phase, checksum = excluded.checksum, "
      "state = excluded.state, "
      "duration_ms = excluded.duration_ms, app_version = excluded.app_version, applied_at = now(), applied_by = "
      "current_user",
      {std::to_string(migration.version), migration.name, std::string(to_string(migration.phase)), migration.checksum,
       running ? "running" : "applied", std::to_string(duration_ms), app_version});
}

Answer erase_ledger(Session& session, int version) {
  return session.run("DELETE FROM salesflow.schema_migrations WHERE version = $1", {std::to_string(version)});
}

std::string describe_blockers(Session& monitor, int pid) {
  const auto pids = monitor.run("SELECT pg_blocking_pids($1)", {std::to_string(pid)});
  if (!pids || pids.value() == "{}" || pids.value().empty()) {
    return {};
  }
  const auto text = monitor.run(activity_sql, {pids.value()});
  return text ? text.value() : "pids " + pids.value();
}

}  // namespace salesflow::migrations
