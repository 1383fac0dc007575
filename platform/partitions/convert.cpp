// convert: the old table becomes the first partition of a new one, in one short transaction at the end.
#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"
#include "platform/partitions/months.hpp"
#include "platform/partitions/obstacles.hpp"
#include "platform/partitions/rebind.hpp"
#include "platform/partitions/swap.hpp"

namespace salesflow::partitions {

using migrations::to_error;

namespace {

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences)
    text += (text.empty() ? "" : "; ") + sentence;
  return text;
}

/// The first month start that leaves two days for the conversion, or the one asked for. One that an interrupted
/// conversion has noted is kept while it is still a day away, for its check may be validated already.
Result<std::string> choose_boundary(Run& run, const State& state) {
  const std::string& asked = run.options.boundary;
  if (!asked.empty()) {
    const auto found = run.session().run(
        "SELECT b, b > now() + interval '1 hour' FROM (SELECT CASE WHEN $1 ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN ($1 || "
        "'-01 "
        "00:00:00+00')::timestamptz END AS b) AS x WHERE b IS NOT NULL",
        {asked});
    if (!found) {
      return to_error(found.error(), "reading the boundary");
    }
    if (found.rows() == 0 || found.cell(0, 1) != "t") {
      return fail(Errc::invalid_argument, fmt::format("\"{}\" is no coming month; write it as 2027-01", asked),
                  "boundary");
    }
    return found.value();
  }
  const auto chosen = run.session().run(
      "SELECT CASE WHEN nullif($1, '')::timestamptz > now() + interval '1 day' THEN nullif($1, '')::timestamptz ELSE "
      "(date_trunc('month', (now() + interval '2 days') AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' "
      "END",
      {state.boundary});
  return chosen ? Result<std::string>(chosen.value())
                : Result<std::string>(to_error(chosen.error(), "choosing the boundary"));
}

/// The check by which the live table proves that it fits below the boundary: added unproven, proven by a scan that
/// lets reads and writes go on. One with another boundary, of an earlier attempt, goes.
Result<void> prove_bound(Run& run, const std::string& boundary) {
  const std::string wanted = fmt::format(
      "CHECK (((created_at IS NOT NULL) AND (created_at < {}::timestamp with time zone)))", literal(boundary));
  const auto found = run.session().run(
      "SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname "
      "= $2",
      {run.names.full, bound_name});
  if (!found) {
    return to_error(found.error(), "looking for the bound");
  }
  const bool same = found.rows() > 0 && found.cell(0, 0).starts_with(wanted);
  if (!same) {
    auto added = run.attempt("adding the bound", [&](const Session::Tick& tick) {
      Script script(run.session(), tick);
      script.last = lock_quietly(run, tick);
      script.run(
          fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}, ADD CONSTRAINT {} CHECK (created_at IS NOT NULL "
                      "AND created_at < {}) NOT VALID",
                      run.names.full, bound_name, bound_name, literal(boundary)));
      return script.last;
    });
    if (!added) {
      return added;
    }
  }
  run.step("validate the bound");
  if (!same || found.cell(0, 1) != "t") {
    const auto proven = run.run_long(fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {}", run.names.full, bound_name));
    if (!proven) {
      return to_error(proven.error(), "validating the bound");
    }
  }
  return {};
}

/// The old table, stripped, out of the way and ready to be a partition.
void move_old_table(Run& run, Script& script, const Portrait& before, const std::string& key) {
  const auto& names = run.names;
  strip(script, names, before);
  for (const auto& item : before) {
    if (item.kind == "statistics")
      script.run(fmt::format("ALTER STATISTICS {} SET SCHEMA {}", item.name, partition_schema));
  }
  script.run(fmt::format("ALTER TABLE {} ALTER COLUMN created_at SET NOT NULL", names.full));
  script.run(
      fmt::format("ALTER TABLE {0} DROP CONSTRAINT {1}, ADD CONSTRAINT {1} PRIMARY KEY USING INDEX salesflow_new_key",
                  names.full, ident(key)));
  script.run(fmt::format("ALTER TABLE {} ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY", names.full));
  if (script) {
    script.last = revoke_all(run.session(), names.full, false);
  }
  script.run(fmt::format("ALTER TABLE {} SET SCHEMA {}", names.full, partition_schema));
  script.run(fmt::format("ALTER TABLE {}.{} RENAME TO {}_legacy", partition_schema, names.table, names.table));
}

void make_parent(Run& run, Script& script, const Portrait& before, const std::string& key) {
  const auto& names = run.names;
  script.run(fmt::format(
      "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION) "
      "PARTITION BY RANGE (created_at)",
      names.full, names.legacy));
  replay(script, before, {"owner"});
  if (script) {
    script.last = revoke_all(run.session(), names.full, true);  // a platform's default privileges
  }
  replay(script, before, {"grant", "column option", "check", "foreign key", "sequence"});
  script.run(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY (id, created_at)", names.full, ident(key)));
  replay(script, before, {"index", "statistics"});
}

Answer swap(Run& run, const std::string& boundary, ConvertReport& report, const Session::Tick& tick) {
  const auto& names = run.names;
  Script script(run.session(), tick);
  script.last = lock_for_swap(run, names.full, tick);
  const HoldTime held;
  const auto before = script ? take_portrait(run.session(), names.full) : PortraitAnswer{script.last, {}};
  script.last = before.answer;
  script.run(remember_sql(names, "converted"));
  script.run(
      "UPDATE salesflow.partitioned_tables SET facts = facts || jsonb_build_object('created_at_nullable', NOT "
      "a.attnotnull, 'primary_key', k.conname) "
      "FROM pg_attribute AS a, pg_constraint AS k WHERE table_name = $1 AND a.attrelid = $1::regclass AND a.attname = "
      "'created_at' AND "
      "k.conrelid = $1::regclass AND k.contype = 'p'",
      {names.full});
  publish_via_root(script, names, false);
  auto state = script ? read_state(run.session(), names) : Result<State>(State{});
  if (!state) {
    return Answer(migrations::SqlError{"XX000", state.error().public_detail, "", ""});
  }
  move_old_table(run, script, before.items, state->primary_key);
  make_parent(run, script, before.items, state->primary_key);
  script.run(fmt::format("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM (MINVALUE) TO ({})", names.full,
                         names.legacy, literal(boundary)));
  script.run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", names.legacy, bound_name));
  replay(script, before.items,
         {"security", "policy", "trigger", "replica identity", "publication", "view", "policy elsewhere", "function",
          "comment"});
  if (script) {
    run.step("compare");
  }
  prove(script, names, before.items, state->created_at_nullable, &report.kept);
  held.check(script, run.options.hold_budget);
  report.locked_ms = held.ms();
  return script.last;
}

/// All that goes before the swap, and the swap.
Result<void> prepare_and_swap(Run& run, const State& state, ConvertReport& report) {
  run.step("check");
  auto obstacles = find_obstacles(run.session(), run.names);
  if (!obstacles) {
    return obstacles.error();
  }
  if (!obstacles->empty()) {
    return fail(Errc::conflict, fmt::format("{} cannot be partitioned as it is; nothing was changed: {}",
                                            run.names.full, joined(*obstacles)));
  }
  auto boundary = choose_boundary(run, state);
  if (!boundary) {
    return boundary.error();
  }
  auto stray = find_stray_rows(run, *boundary);
  if (!stray || !stray->empty()) {
    return !stray ? stray.error()
                  : fail(Errc::conflict, fmt::format("{} cannot be partitioned as it is; nothing was changed: {}",
                                                     run.names.full, joined(*stray)));
  }
  run.step("note");
  if (auto noted = note_preparing(run, *boundary); !noted) {
    return noted;
  }
  run.step("add the bound");
  if (auto bound = prove_bound(run, *boundary); !bound) {
    return bound;
  }
  run.step("build the key");
  if (auto built = run.build_key("public", run.names.table, "(id, created_at)"); !built) {
    return built;
  }
  run.step("swap");
  return run.attempt("exchanging the table", [&](const Session::Tick& tick) {
    run.step_index = 6;  // an attempt more is the same step
    return swap(run, *boundary, report, tick);
  });
}

/// What comes after the swap and can be repeated.
Result<void> finish(Run& run, ConvertReport& report) {
  auto pending = pending_views(run.session(), run.names.legacy);
  const auto missing = missing_months(run.session(), run.names, run.options.months_ahead);
  if (!pending || !missing.answer) {
    return !pending ? pending.error() : to_error(missing.answer.error(), "looking for missing months");
  }
  const bool swapped = !report.already;
  report.already = !swapped && pending->empty() && missing.months.empty();
  if (swapped || !missing.months.empty()) {
    run.step("statistics");
    // Nobody else analyzes a partitioned parent; without it joins are planned blindly. Before the months are made: see
    // make_months.
    if (const auto analyzed = run.run_long("ANALYZE " + run.names.full); !analyzed) {
      return to_error(analyzed.error(), "analyzing " + run.names.full);
    }
    run.step("months ahead");
    if (auto made = make_months(run); !made) {
      return made.error();
    }
  }
  run.step("materialized views");
  return rebind_views(run, run.names.legacy);
}

}  // namespace

Result<ConvertReport> convert(const Options& options) {
  auto run = start_run(options, true);
  if (!run) {
    return run.error();
  }
  run->steps = 10;
  if (auto can = check_months(run->session()); !can) {
    return can.error();
  }
  auto state = read_state(run->session(), run->names);
  if (!state) {
    return state.error();
  }
  if (state->state == "reverting") {
    return fail(Errc::conflict,
                "a revert was interrupted; finish it first: salesflow partition revert " + options.table);
  }
  ConvertReport report;
  report.already = state->state == "converted";
  const auto change = [&]() -> Result<void> {
    if (!report.already) {
      if (auto swapped = prepare_and_swap(*run, *state, report); !swapped) {
        return swapped;
      }
    }
    return finish(*run, report);
  };
  if (auto changed = run_recorded(*run, change); !changed) {
    return changed.error();
  }
  auto after = status(options);
  if (!after) {
    return after.error();
  }
  report.status = std::move(*after);
  return report;
}

}  // namespace salesflow::partitions
