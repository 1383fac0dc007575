#include "platform/migrations/runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/attempts.hpp"
#include "platform/migrations/backfill.hpp"
#include "platform/migrations/conflicts.hpp"
#include "platform/migrations/dependents.hpp"
#include "platform/migrations/filled_values.hpp"
#include "platform/migrations/fingerprint.hpp"
#include "platform/migrations/index_build.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/logins.hpp"
#include "platform/migrations/privileges.hpp"
#include "platform/migrations/restored_indexes.hpp"
#include "platform/migrations/selection.hpp"
#include "platform/migrations/sql_splitter.hpp"
#include "platform/migrations/stops.hpp"
#include "platform/migrations/superseded.hpp"
#include "platform/migrations/work.hpp"

namespace salesflow::migrations {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

std::string place_of(const Migration& migration, const char* direction, const Statement& statement) {
  return fmt::format("{}.{}.sql line {}", migration.name, direction, statement.line);
}

/// Runs statements and the ledger's change in one transaction, asking again for locks that do not come.
Result<void> run_transaction(const Work& work, const char* direction, const std::vector<Statement>& statements,
                             const std::function<Answer()>& note) {
  const auto& options = work.options;
  Statement current;
  const auto body = [&](const Session::Tick& watch) {
    Answer answer = work.session.run(
        "SELECT set_config('salesflow.version', $1, true), set_config('lock_timeout', $2, true), "
        "set_config('statement_timeout', $3, true)",
        {std::to_string(work.migration.version),
         fmt::format("{}ms", work.session.lock_wait(options.lock_timeout).count()),
         fmt::format("{}ms", options.statement_budget.count())});
    for (std::size_t i = 0; answer && i < statements.size(); ++i) {
      current = statements[i];
      answer = work.session.run(current.text, {}, watch);
    }
    return answer ? note() : answer;
  };
  const auto tell = [&](std::string text) { work.tell(Progress::Kind::waiting, std::move(text)); };
  return run_attempts({work.session, work.monitor, options, tell}, body,
                      [&] { return place_of(work.migration, direction, current); });
}

/// Counting what was found locks nobody out, however long it takes.
bool only_reads_found_rows(const Statement& statement) {
  return statement.text.starts_with("CALL salesflow.recount_rollup(");
}

/// One statement of a file without transaction, which is a transaction of its own; asks again for locks.
Result<void> run_alone(const Work& work, const char* direction, const Statement& statement) {
  const auto& options = work.options;
  const auto limit = [&](std::chrono::milliseconds lock, std::chrono::milliseconds time) {
    return work.session.run("SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)",
                            {fmt::format("{}ms", lock.count()), fmt::format("{}ms", time.count())});
  };
  const auto budget = only_reads_found_rows(statement) ? std::chrono::milliseconds(0) : options.statement_budget;
  const auto body = [&](const Session::Tick& watch) {
    const Answer limited = limit(work.session.lock_wait(options.lock_timeout), budget);
    return limited ? work.session.run(statement.text, {}, watch) : limited;
  };
  const auto tell = [&](std::string text) { work.tell(Progress::Kind::waiting, std::move(text)); };
  auto done = run_attempts({work.session, work.monitor, options, tell, false}, body,
                           [&] { return place_of(work.migration, direction, statement); });
  limit(std::chrono::milliseconds(0), std::chrono::milliseconds(0));
  return done;
}

/// Runs a file without transaction, statement by statement; index builds and drops know how to be repeated.
Result<void> run_statements(const Work& work, const char* direction, const std::vector<Statement>& statements) {
  work.session.run("SELECT set_config('salesflow.version', $1, false)", {std::to_string(work.migration.version)});
  for (const auto& statement : statements) {
    Result<void> done;
    if (const auto index = parse_create_index(statement.text)) {
      // A found table that someone else has dropped meanwhile does not stop down.
      const bool gone =
          direction == std::string_view("down") &&
          work.session.run("SELECT to_regclass($1) IS NULL", {index->schema + "." + index->table}).truth();
      done = gone ? Result<void>{} : build_index(work, as_served(work.session, *index));
    } else if (const auto dropped = parse_drop_index(statement.text)) {
      done = drop_index(work, *dropped);
    } else {
      done = run_alone(work, direction, statement);
    }
    if (!done) {
      return done;
    }
  }
  return {};
}

Result<void> apply(const Work& work) {
  const auto begin = Clock::now();
  const auto statements = split_statements(work.migration.up_sql);
  const auto note = [&] {
    return write_ledger(work.session, work.migration, false, milliseconds_since(begin), work.options.app_version);
  };
  if (work.migration.transactional) {
    return run_transaction(work, "up", statements, note);
  }
  if (const auto marked = write_ledger(work.session, work.migration, true, 0, work.options.app_version); !marked) {
    return to_error(marked.error(), "marking " + work.migration.name);
  }
  if (auto done = run_statements(work, "up", statements); !done) {
    return done;
  }
  const auto noted = note();
  return noted ? Result<void>{} : to_error(noted.error(), "noting " + work.migration.name);
}

Result<void> take_back(const Work& work) {
  // The first migration holds the record of what was filled in; all that hangs on those values has gone by now.
  if (work.migration.version == 1) {
    if (auto restored = restore_filled_values(work); !restored) {
      return restored;
    }
  }
  const auto statements = split_statements(*work.migration.down_sql);
  const auto note = [&] { return erase_ledger(work.session, work.migration.version); };
  if (work.migration.transactional) {
    return run_transaction(work, "down", statements, note);
  }
  if (auto done = run_statements(work, "down", statements); !done) {
    return done;
  }
  const auto noted = note();
  return noted ? Result<void>{} : to_error(noted.error(), "noting " + work.migration.name);
}

Work work_for(Connected& connected, const Options& options, const Migration& migration, int index = 1, int total = 1) {
  return {connected.session, connected.watcher(), options, migration, index, total};
}

/// Connected, holding the lock, with what is known of files and ledger.
struct Opened {
  Connected connected;
  std::vector<Migration> migrations;
  int target = 0;
  Ledger ledger;
};

Result<Opened> open(const Options& options) {
  auto migrations = migrations_of(options);
  if (!migrations)
    return migrations.error();
  auto target = target_version(options.to, *migrations);
  if (!target)
    return target.error();
  auto connected = connect(options);
  if (!connected)
    return connected.error();
  if (auto locked = take_lock(connected->session, options); !locked)
    return locked.error();
  auto ledger = read_ledger(connected->session);
  if (!ledger)
    return ledger.error();
  return Opened{std::move(*connected), std::move(*migrations), *target, std::move(*ledger)};
}

/// Runs each step, telling start and end; adds the entries done. The first error ends it.
Result<void> run_steps(Connected& connected, const Options& options, const std::vector<const Migration*>& steps,
                       Result<void> (*step)(const Work&), const char* state, std::vector<Entry>& entries) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Work work = work_for(connected, options, *steps[i], static_cast<int>(i) + 1, static_cast<int>(steps.size()));
    connected.session.on_notice = [&work](const std::string& text) { work.tell(Progress::Kind::note, text); };
    work.tell(Progress::Kind::started);
    const auto begin = Clock::now();
    auto done = step(work);
    connected.session.on_notice = {};
    if (!done) {
      return done.error();
    }
    entries.push_back(entry_of(*steps[i], state));
    entries.back().duration_ms = milliseconds_since(begin);
    work.tell(Progress::Kind::finished, {}, 1, entries.back().duration_ms);
  }
  return {};
}

/// What is told as the work on superseded indexes, which no file does.
const Migration& superseded_step() {
  static const Migration step = [] {
    Migration migration;
    migration.name = "superseded indexes";
    migration.phase = Phase::phase1;
    return migration;
  }();
  return step;
}

/// The first of two outcomes that is an error.
Result<void> both(Result<void> first, Result<void> second) {
  return first ? second : first;
}

/// What migrations made on a table that `salesflow partition` has converted hangs on another relation now: only a
/// revert can give it back. Its row in salesflow.partitioned_tables says so.
Result<void> refuse_partitioned(Session& session) {
  const auto there = session.run("SELECT to_regclass('salesflow.partitioned_tables') IS NOT NULL");
  const auto tables =
      there && there.truth()
          ? session.run("SELECT string_agg(split_part(table_name, '.', 2), ' ') FROM salesflow.partitioned_tables")
          : there;
  if (!tables)
    return to_error(tables.error(), "looking for partitioned tables");
  if (!there.truth() || tables.value().empty())
    return {};
  return fail(Errc::conflict, fmt::format("{0} is partitioned, or half way to or from it; revert first: salesflow "
                                          "partition revert {0}. Nothing was changed",
                                          tables.value()));
}

Result<void> refuse_dependents(Session& session, int target) {
  const auto dependents = find_dependents(session, target);
  if (!dependents)
    return dependents.error();
  std::string text;
  for (const auto& one : *dependents) {
    text += (text.empty() ? "" : "; ") + one;
  }
  return text.empty() ? Result<void>{}
                      : fail(Errc::conflict, "objects of others hang on what down drops: " + text +
                                                 ". Drop or change them first; nothing was changed");
}

Result<void> restore_found_indexes(const Work& work, const std::vector<const Migration*>& steps) {
  std::vector<int> versions;
  bool phase1 = false;
  for (const auto* step : steps) {
    versions.push_back(step->version);
    phase1 = phase1 || step->phase <= Phase::phase1;
  }
  if (!work.session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth())
    return {};
  if (phase1) {
    if (auto restored = restore_superseded(work); !restored)
      return restored;
  }
  return restore_replaced(work, versions);
}

}  // namespace

namespace {

/// Names all that this login lacks, not only what the first statement ran into.
Error with_privileges(Session& session, Error error, const std::vector<Migration>& migrations) {
  if (error.code != Errc::forbidden) {
    return error;
  }
  const auto missing = find_missing_privileges(session, migrations);
  for (const auto& one : missing ? *missing : std::vector<MissingPrivilege>{}) {
    if (error.public_detail.find(one.statement) == std::string::npos) {
      error.public_detail += "\n" + one.what + ". Let an administrator run: " + one.statement;
    }
  }
  return error;
}

}  // namespace

Result<UpReport> up(const Options& options) {
  auto opened = open(options);
  if (!opened)
    return opened.error();
  auto& session = opened->connected.session;
  UpReport report;
  std::vector<const Migration*> steps;
  std::vector<Migration> wanted;
  for (const auto& migration : opened->migrations) {
    const std::string state = state_of(migration, opened->ledger);
    if (state == "edited") {
      return fail(
          Errc::conflict,
          fmt::format(
              "{} was edited after it ran on this database (checksum {}…, now {}…). Restore the file, or add a new "
              "migration; nothing was changed",
              migration.name, opened->ledger.at(migration.version).checksum.substr(0, 12),
              migration.checksum.substr(0, 12)));
    }
    report.already += state == "applied" ? 1 : 0;
    if (state != "applied" && migration.version <= opened->target) {
      steps.push_back(&migration);
    }
    if (state == "applied" || migration.version <= opened->target) {
      wanted.push_back(migration);
    }
  }
  if (steps.empty() && opened->ledger.empty())
    return report;
  if (!steps.empty()) {
    if (auto free = refuse_conflicts(session, wanted, opened->ledger.empty()); !free)
      return free.error();
  }
  if (auto ready = ensure_ledger(session); !ready)
    return with_privileges(session, ready.error(), wanted);
  if (std::any_of(steps.begin(), steps.end(), [](const Migration* step) { return !step->transactional; })) {
    if (auto reopened = reopen_judgement(session); !reopened)
      return reopened.error();
  }
  const auto change = [&]() -> Result<void> {
    if (auto dropped = drop_restoring(work_for(opened->connected, options, superseded_step())); !dropped)
      return dropped;
    if (auto done = run_steps(opened->connected, options, steps, apply, "applied", report.applied); !done)
      return done;
    auto ledger = read_ledger(session);
    if (!ledger)
      return ledger.error();
    auto superseded = superseded_now(session, options, opened->migrations, *ledger);
    if (!superseded)
      return superseded.error();
    auto dropped = drop_superseded(work_for(opened->connected, options, superseded_step()), *superseded);
    if (!dropped)
      return dropped.error();
    report.superseded = std::move(*dropped);
    return options.run_backfills ? run_backfills(session, options, *ledger, {}, !steps.empty(), report.backfills)
                                 : Result<void>{};
  };
  if (auto began = begin_recording(session, Direction::up); !began)
    return began.error();
  auto changed = change();
  auto recorded = finish_recording(session, Direction::up);
  if (auto done = both(changed, recorded); !done)
    return with_privileges(session, done.error(), wanted);
  if (auto set = set_logins(session, options.logins, report.logins); !set)
    return set.error();
  report.to_run = missing_logins(session);
  return report;
}

Result<BackfillReport> backfill(const Options& options, const std::string& name) {
  auto opened = open(options);
  if (!opened)
    return opened.error();
  BackfillReport report;
  if (opened->ledger.empty())
    return fail(Errc::conflict, "nothing is migrated on this database yet; run up first");
  if (auto ready = ensure_ledger(opened->connected.session); !ready)
    return ready.error();
  if (auto filled = run_backfills(opened->connected.session, options, opened->ledger, name, true, report); !filled)
    return filled.error();
  return report;
}

Result<DownReport> down(const Options& options) {
  if (options.to.empty())
    return fail(Errc::invalid_argument, "down needs a target: --to none, a phase or a version", "to");
  auto opened = open(options);
  if (!opened)
    return opened.error();
  if (auto plain = refuse_partitioned(opened->connected.session); !plain)
    return plain.error();
  auto steps = steps_down(opened->migrations, opened->ledger, opened->target);
  if (!steps)
    return steps.error();
  DownReport report;
  auto& session = opened->connected.session;
  const bool ledger_stands = session.run("SELECT to_regclass('salesflow.schema_migrations') IS NOT NULL").truth();
  if (opened->ledger.empty() && !(ledger_stands && opened->target == 0))
    return report;
  // All that could stop it is looked for before anything is changed.
  if (auto free = refuse_dependents(session, opened->target); !free)
    return free.error();
  if (const std::string refused = refused_drops(session); !refused.empty())
    return fail(Errc::conflict, refused + ". Nothing was changed");
  auto left_off = choose_left_off(session, options, *steps);
  if (!left_off)
    return left_off.error();
  if (auto ready = ensure_ledger(session); !ready)
    return ready.error();
  if (auto began = begin_recording(session, Direction::down); !began)
    return began.error();
  const auto change = [&]() -> Result<void> {
    const Work found_indexes = work_for(opened->connected, options, superseded_step());
    if (auto noted = leave_off(found_indexes, *left_off); !noted)
      return noted;
    report.left_off = std::move(*left_off);
    // Before ours go, so that no reader is ever without an index.
    if (auto restored = restore_found_indexes(found_indexes, *steps); !restored)
      return restored;
    if (auto forgotten = forget_backfills(session, opened->target); !forgotten)
      return forgotten;
    return run_steps(opened->connected, options, *steps, take_back, "pending", report.undone);
  };
  if (auto changed = change(); !changed) {
    (void)finish_recording(session, Direction::down);
    return changed.error();
  }
  if (opened->target > 0) {
    if (auto recorded = finish_recording(session, Direction::down); !recorded)
      return recorded.error();
    return report;
  }
  if (auto removed = remove_ledger(session); !removed)
    return removed.error();
  report.ledger_removed = true;
  return report;
}

}  // namespace salesflow::migrations
