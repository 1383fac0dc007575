// maintain: months ahead are made, old ones detached, from outside of the service and with the owner's connection.
#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"
#include "platform/partitions/months.hpp"

namespace salesflow::partitions {

using migrations::to_error;

namespace {

/// Notes in every invalidation log of the table what a partition holds, which leaves without a trigger. The worker
/// takes nothing out of these logs until they are let go, so that nothing is summed up while the rows are still there.
Result<std::vector<std::string>> hold_logs(Run& run, const std::string& partition) {
  const auto found =
      run.session().run("SELECT name FROM salesflow.invalidation_logs WHERE source = $1", {run.names.full});
  if (!found) {
    return to_error(found.error(), "looking for invalidation logs");
  }
  std::vector<std::string> logs;
  for (int row = 0; row < found.rows(); ++row) {
    logs.push_back(found.cell(row, 0));
    const auto held =
        run.session().run("SELECT pg_advisory_lock(hashtextextended('salesflow.refresh:' || $1, 0))", {logs.back()});
    if (!held) {
      return to_error(held.error(), "waiting for the refresh of summaries");
    }
    const auto noted = run.run_long(fmt::format("CALL salesflow.invalidate_rows('{}', '{}')", logs.back(), partition));
    if (!noted) {
      return to_error(noted.error(), "noting the rows of " + partition);
    }
  }
  return logs;
}

void let_logs_go(Run& run, const std::vector<std::string>& logs) {
  for (const auto& log : logs)
    run.session().run("SELECT pg_advisory_unlock(hashtextextended('salesflow.refresh:' || $1, 0))", {log});
}

/// A transaction that began before the rows were noted sees summaries that hold them, and would not find the rows.
/// Building an index beside the traffic waits for all such snapshots, and needs no right over other people's sessions.
Result<void> wait_for_old_snapshots(Run& run) {
  for (const char* sql :
       {"DROP INDEX IF EXISTS salesflow.partitioned_tables_wait",
        "CREATE INDEX CONCURRENTLY partitioned_tables_wait ON salesflow.partitioned_tables (table_name)",
        "DROP INDEX salesflow.partitioned_tables_wait"}) {
    if (const auto done = run.run_long(sql); !done) {
      return to_error(done.error(), "waiting for older transactions");
    }
  }
  return {};
}

/// In one instant for everybody. DETACH CONCURRENTLY would not: until its end a plan that an older transaction made
/// still finds the rows, and a figure and its rows would be of two states.
Result<void> detach(Run& run, const std::string& partition) {
  return run.attempt("detaching " + partition, [&](const Session::Tick& tick) {
    Answer answer = lock_quietly(run, tick);
    if (answer) {
      answer =
          run.session().run(fmt::format("ALTER TABLE {} DETACH PARTITION {}", run.names.full, partition), {}, tick);
    }
    return answer;
  });
}

/// What an interrupted DETACH CONCURRENTLY of somebody left.
Result<void> finish_detach(Run& run, const std::string& partition) {
  const auto done = run.run_long(fmt::format("ALTER TABLE {} DETACH PARTITION {} FINALIZE", run.names.full, partition));
  return done ? Result<void>{} : to_error(done.error(), "detaching " + partition);
}

/// Finishes what an interrupted detach left, then detaches what is past its time.
Result<void> let_go(Run& run, MaintainReport& report) {
  const auto found = run.session().run(
      "SELECT c.oid::regclass::text, i.inhdetachpending, coalesce(p.past, false) FROM pg_inherits AS i JOIN pg_class "
      "AS c ON c.oid = i.inhrelid, "
      "LATERAL (SELECT (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''([^'']+)''\\)$'))[1]::timestamptz AS "
      "upper) AS b, "
      "LATERAL (SELECT b.upper <= (date_trunc('month', now() AT TIME ZONE 'UTC') - $2::integer * interval '1 month') "
      "AT TIME ZONE 'UTC' AS past) AS p "
      "WHERE i.inhparent = to_regclass($1) AND (i.inhdetachpending OR p.past) ORDER BY i.inhdetachpending DESC, "
      "b.upper",
      {run.names.full, run.options.retain_months
                           ? std::optional<std::string>(std::to_string(*run.options.retain_months))
                           : std::nullopt});
  if (!found) {
    return to_error(found.error(), "looking for old partitions");
  }
  for (int row = 0; row < found.rows(); ++row) {
    const std::string name = found.cell(row, 0);
    const bool pending = found.cell(row, 1) == "t";
    const auto logs = hold_logs(run, name);
    if (!logs) {
      return logs.error();
    }
    auto done = wait_for_old_snapshots(run);
    if (done) {
      done = pending ? finish_detach(run, name) : detach(run, name);
    }
    let_logs_go(run, *logs);
    if (!done) {
      return done;
    }
    (pending ? report.finished : report.detached).push_back(name);
    if (run.options.drop_detached && found.cell(row, 2) == "t") {
      if (const auto dropped = run.run_long("DROP TABLE " + name); !dropped) {
        return to_error(dropped.error(), "dropping " + name);
      }
      report.dropped.push_back(name);
    }
  }
  return {};
}

}  // namespace

Result<MaintainReport> maintain(const Options& options) {
  auto run = start_run(options, true);
  if (!run) {
    return run.error();
  }
  if (auto can = check_months(run->session()); !can) {
    return can.error();
  }
  auto state = read_state(run->session(), run->names);
  if (!state) {
    return state.error();
  }
  if (state->state != "converted") {
    return fail(Errc::conflict,
                fmt::format("{} is not partitioned (state {}); salesflow partition convert {} does that",
                            run->names.full, state->state, options.table));
  }
  MaintainReport report;
  run->steps = 2;
  run->step("months ahead");
  auto created = make_months(*run);
  if (!created) {
    return created.error();
  }
  report.created = std::move(*created);
  run->step("old months");
  if (auto gone = let_go(*run, report); !gone) {
    return gone.error();
  }
  auto after = status(options);
  if (!after) {
    return after.error();
  }
  report.status = std::move(*after);
  return report;
}

}  // namespace salesflow::partitions
