#include "platform/migrations/backfill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/vacuum_wait.hpp"

namespace salesflow::migrations {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

struct Position {
  std::optional<std::string> last_key;
  std::int64_t looked = 0, changed = 0;
  bool finished = false;
};

/// What one run of a backfill works with.
struct Run {
  Session& session;
  const Options& options;
  const Backfill& backfill;
  int index, total;
  std::int64_t rows_expected = 0;

  void tell(Progress::Kind kind, std::string text, double fraction = 0, std::int64_t elapsed_ms = 0) const {
    if (options.progress) {
      options.progress({kind, "backfill " + backfill.name, index, total, fraction, std::move(text), elapsed_ms});
    }
  }
};

/// Where it stands; a new one, a changed file and `again` begin at the start.
Result<Position> take_position(Run& run, bool again) {
  const auto ready = run.session.run(
      "INSERT INTO salesflow.backfills AS b (name, after_version, checksum) VALUES ($1, $2, $3) "
      "ON CONFLICT (name) DO UPDATE SET after_version = excluded.after_version, checksum = excluded.checksum, "
      "last_key = NULL, looked = 0, changed = 0, started_at = now(), finished_at = NULL "
      "WHERE b.checksum <> excluded.checksum OR $4::boolean",
      {run.backfill.name, std::to_string(run.backfill.after), run.backfill.checksum, again ? "true" : "false"});
  const auto row = run.session.run(
      "SELECT b.last_key, b.looked, b.changed, b.finished_at IS NOT NULL, (SELECT greatest(c.reltuples, 0)::bigint "
      "FROM pg_class AS c WHERE c.oid = to_regclass($2)) FROM salesflow.backfills AS b WHERE b.name = $1",
      {run.backfill.name, run.backfill.table});
  if (!ready || !row) {
    return to_error((ready ? row : ready).error(), "starting backfill " + run.backfill.name);
  }
  Position position;
  if (!row.is_null(0, 0)) {
    position.last_key = row.cell(0, 0);
  }
  position.looked = std::stoll(row.cell(0, 1));
  position.changed = std::stoll(row.cell(0, 2));
  position.finished = row.cell(0, 3) == "t";
  run.rows_expected = row.is_null(0, 4) ? 0 : std::stoll(row.cell(0, 4));
  return position;
}

/// One batch and the note of it, in one transaction. salesflow.backfill = on tells triggers who writes.
Answer try_batch(Run& run, const Position& from, Position& to) {
  auto& session = run.session;
  Answer answer = session.run("BEGIN");
  if (answer) {
    answer = session.run(
        "SELECT set_config('salesflow.backfill', 'on', true), set_config('lock_timeout', $1, true), "
        "set_config('statement_timeout', $2, true)",
        {fmt::format("{}ms", session.lock_wait(run.options.lock_timeout).count()),
         fmt::format("{}ms", run.options.statement_budget.count())});
  }
  if (answer) {
    const auto key = from.last_key ? from.last_key : run.backfill.first_key;
    answer = session.run(run.backfill.sql, {key, std::to_string(run.options.backfill_limits.batch_rows)});
  }
  if (answer) {
    to = from;
    const bool row = answer.rows() == 1;
    const std::int64_t looked = row ? std::stoll("0" + answer.cell(0, 1)) : 0;
    to.looked += looked;
    to.changed += row ? std::stoll("0" + answer.cell(0, 2)) : 0;
    to.finished = looked == 0 || answer.is_null(0, 0);
    if (!to.finished) {
      to.last_key = answer.cell(0, 0);
    }
    answer = session.run(
        "UPDATE salesflow.backfills SET last_key = $2, looked = $3, changed = $4, finished_at = CASE WHEN $5::boolean "
        "THEN now() END WHERE name = $1",
        {run.backfill.name, to.last_key, std::to_string(to.looked), std::to_string(to.changed),
         to.finished ? "true" : "false"});
  }
  if (answer) {
    answer = session.run("COMMIT");
  }
  if (!answer) {
    session.run("ROLLBACK");
  }
  return answer;
}

/// The next batch; lock timeouts and deadlocks with the service's writers are tried again within ten lock budgets: rows
/// that a long statement holds make nobody queue behind the batch, as a table's lock would.
Result<Position> next_batch(Run& run, const Position& from) {
  const auto begin = Clock::now();
  auto pause = milliseconds(50);
  int overtaken = 0;
  while (true) {
    Position to;
    const Answer answer = try_batch(run, from, to);
    if (answer) {
      if (!to.finished && to.last_key == from.last_key) {
        return fail(Errc::internal, fmt::format("backfill {} made no progress after key {}", run.backfill.name,
                                                from.last_key.value_or("(start)")));
      }
      return to;
    }
    const auto& error = answer.error();
    // A row that a writer deletes or hands over between the batch's look and its insert: the next look sees that.
    const bool was_overtaken = error.is("23503") && ++overtaken <= 5;
    const bool in_the_way = error.is("55P03") || error.is("40P01") || error.is("40001") || was_overtaken;
    if (!in_the_way || since(begin) > 10 * run.options.lock_budget) {
      return explain(run.session, error, "backfill " + run.backfill.name);
    }
    run.tell(Progress::Kind::waiting, "a writer is in the way, tries again: " + error.message);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds(2'000));
  }
}

/// The replica that is too far behind, "" when none is.
std::string late_replica(Session& session, const BackfillLimits& limits) {
  const auto rows = session.run(
      "SELECT format('replica %s is %s ms and %s MB behind', coalesce(nullif(application_name, ''), pid::text), "
      "coalesce(round(extract(epoch FROM replay_lag) * 1000), 0), "
      "round(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) / 1048576)) FROM pg_stat_replication "
      "WHERE replay_lag > $1::interval OR pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) > $2::numeric LIMIT 1",
      {fmt::format("{} ms", limits.lag_max.count()), std::to_string(limits.lag_bytes_max)});
  return rows ? rows.value() : "";
}

Result<void> await_replicas(Run& run) {
  const auto& limits = run.options.backfill_limits;
  const auto begin = Clock::now();
  bool told = false;
  for (std::string late; !(late = late_replica(run.session, limits)).empty();
       std::this_thread::sleep_for(limits.pause)) {
    if (!told) {
      run.tell(Progress::Kind::waiting, "pauses: " + late);
      told = true;
    }
    if (since(begin) > limits.replica_wait) {
      return fail(Errc::unavailable,
                  fmt::format("backfill {} stopped, {} after {} s; run it again, it goes on where it is",
                              run.backfill.name, late, since(begin).count() / 1000));
    }
  }
  return {};
}

/// Runs one to its end, from where it was, or from the start with `again`.
Result<BackfillEntry> run_backfill(Session& session, const Options& options, const Backfill& backfill, bool again,
                                   int index, int total) {
  Run run{session, options, backfill, index, total};
  const auto& limits = options.backfill_limits;
  const auto begin = Clock::now();
  auto position = take_position(run, again);
  if (!position) {
    return position.error();
  }
  run.tell(Progress::Kind::started, {});
  VacuumWait vacuum(session, limits, backfill.table,
                    [&run](std::string text) { run.tell(Progress::Kind::waiting, std::move(text)); });
  while (!position->finished) {
    if (auto level = await_replicas(run); !level) {
      return level.error();
    }
    vacuum.run();
    const auto batch_begin = Clock::now();
    position = next_batch(run, *position);
    if (!position) {
      return position.error();
    }
    const double share = run.rows_expected > 0 ? static_cast<double>(position->looked) / run.rows_expected : 1;
    run.tell(Progress::Kind::building, fmt::format("{} rows, {} changed", position->looked, position->changed),
             std::min(share, 1.0));
    if (!position->finished) {
      std::this_thread::sleep_for(since(batch_begin) * (1 / limits.duty - 1));
    }
  }
  run.tell(Progress::Kind::finished, {}, 1, since(begin).count());
  return BackfillEntry{backfill.name, backfill.table, "done", position->looked, position->changed};
}

}  // namespace

Result<std::vector<Backfill>> backfills_of(const Options& options) {
  if (options.backfills) {
    return *options.backfills;
  }
  return embedded_backfills();
}

Result<std::vector<BackfillEntry>> due_backfills(Session& session, const std::vector<Backfill>& backfills,
                                                 const Ledger& ledger, const std::vector<Entry>& planned) {
  std::vector<BackfillEntry> due;
  const bool table = session.run("SELECT to_regclass('salesflow.backfills') IS NOT NULL").truth();
  for (const auto& backfill : backfills) {
    const auto row = ledger.find(backfill.after);
    const bool applied = row != ledger.end() && !row->second.running;
    const bool coming = std::any_of(planned.begin(), planned.end(),
                                    [&](const Entry& entry) { return entry.version == backfill.after; });
    if (!applied && !coming) {
      continue;
    }
    BackfillEntry entry{backfill.name, backfill.table, "pending", 0, 0};
    if (table) {
      const auto known = session.run(
          "SELECT checksum = $2, finished_at IS NOT NULL, looked, changed FROM salesflow.backfills WHERE name = $1",
          {backfill.name, backfill.checksum});
      if (!known) {
        return to_error(known.error(), "reading the backfills' record");
      }
      if (known.rows() > 0 && known.cell(0, 0) == "t") {
        entry.state = known.cell(0, 1) == "t" ? "done" : "running";
        entry.looked = std::stoll(known.cell(0, 2));
        entry.changed = std::stoll(known.cell(0, 3));
      }
    }
    if (entry.state != "done") {
      due.push_back(std::move(entry));
    }
  }
  return due;
}

Result<void> run_backfills(Session& session, const Options& options, const Ledger& ledger, const std::string& name,
                           bool validate, BackfillReport& report) {
  auto backfills = backfills_of(options);
  if (!backfills)
    return backfills.error();
  auto due = due_backfills(session, *backfills, ledger);
  if (!due)
    return due.error();
  std::vector<const Backfill*> runs;
  for (const auto& backfill : *backfills) {
    const bool is_due =
        std::any_of(due->begin(), due->end(), [&](const BackfillEntry& entry) { return entry.name == backfill.name; });
    if (name.empty() ? is_due : backfill.name == name) {
      runs.push_back(&backfill);
    }
  }
  if (!name.empty() && runs.empty()) {
    return fail(Errc::invalid_argument, fmt::format("there is no backfill \"{}\"", name), "name");
  }
  if (!name.empty() && !ledger.contains(runs[0]->after)) {
    return fail(Errc::conflict,
                fmt::format("backfill {} needs migration {:04}, which is not applied", name, runs[0]->after));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto done =
        run_backfill(session, options, *runs[i], !name.empty(), static_cast<int>(i) + 1, static_cast<int>(runs.size()));
    if (!done)
      return done.error();
    report.done.push_back(std::move(*done));
  }
  return validate || !runs.empty() ? validate_foreign_keys(session, options, report) : Result<void>{};
}

Result<void> forget_backfills(Session& session, int version) {
  const auto gone = session.run(
      "DO $$ BEGIN IF to_regclass('salesflow.backfills') IS NOT NULL THEN "
      "DELETE FROM salesflow.backfills WHERE after_version > " +
      std::to_string(version) + "; END IF; END $$");
  return gone ? Result<void>{} : to_error(gone.error(), "forgetting backfills");
}

}  // namespace salesflow::migrations
