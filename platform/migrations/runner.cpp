#include "platform/migrations/runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/attempts.hpp"
#include "platform/migrations/backfill.hpp"
#include "platform/migrations/fingerprint.hpp"
#include "platform/migrations/index_build.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/selection.hpp"
#include "platform/migrations/sql_splitter.hpp"
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

Error at_statement(const Work& work, const char* direction, const Statement& statement, const SqlError& error) {
  return explain(work.session, error, place_of(work.migration, direction, statement));
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
        {std::to_string(work.migration.version), fmt::format("{}ms", options.lock_timeout.count()),
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

/// Runs a file without transaction, statement by statement; index builds and drops know how to be repeated.
Result<void> run_statements(const Work& work, const char* direction, const std::vector<Statement>& statements) {
  work.session.run("SELECT set_config('salesflow.version', $1, false)", {std::to_string(work.migration.version)});
  for (const auto& statement : statements) {
    Result<void> done;
    if (const auto index = parse_create_index(statement.text)) {
      done = build_index(work, as_served(work.session, *index));
    } else if (const auto dropped = parse_drop_index(statement.text)) {
      done = drop_index(work, *dropped);
    } else {
      work.session.run(fmt::format(
          "SELECT set_config('lock_timeout', '{}ms', false), set_config('statement_timeout', '{}ms', false)",
          work.options.lock_timeout.count(), work.options.statement_budget.count()));
      const auto answer = work.session.run(statement.text);
      work.session.run("SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)");
      if (!answer) {
        done = at_statement(work, direction, statement, answer.error());
      }
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

}  // namespace

Result<UpReport> up(const Options& options) {
  auto opened = open(options);
  if (!opened)
    return opened.error();
  auto& session = opened->connected.session;
  UpReport report;
  std::vector<const Migration*> steps;
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
  }
  if (steps.empty() && opened->ledger.empty())
    return report;
  if (auto ready = ensure_ledger(session); !ready)
    return ready.error();
  const auto change = [&]() -> Result<void> {
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
    return done.error();
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
  if (auto ready = ensure_ledger(session); !ready)
    return ready.error();
  if (auto began = begin_recording(session, Direction::down); !began)
    return began.error();
  const auto change = [&]() -> Result<void> {
    // Before ours go, so that no reader is ever without an index.
    const bool restores =
        std::any_of(steps->begin(), steps->end(), [](const Migration* step) { return step->phase <= Phase::phase1; });
    if (restores) {
      if (auto restored = restore_superseded(work_for(opened->connected, options, superseded_step())); !restored)
        return restored;
    }
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
