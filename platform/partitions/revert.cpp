// revert: the old table becomes the plain table again, or the largest partition where it is gone. Later months hang
// below it for a while and are moved.
#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"
#include "platform/partitions/months.hpp"
#include "platform/partitions/move_rows.hpp"
#include "platform/partitions/rebind.hpp"
#include "platform/partitions/swap.hpp"

namespace salesflow::partitions {

using migrations::to_error;

namespace {

/// The partition that becomes the table: the old table, or the largest where retention took that.
Result<std::string> choose_base(Run& run) {
  const auto found = run.session().run(
      "SELECT c.relname, i.inhdetachpending FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE "
      "i.inhparent = to_regclass($1) "
      "ORDER BY i.inhdetachpending DESC, c.relname = $2 DESC, pg_relation_size(c.oid) DESC, c.relname",
      {run.names.full, run.names.table + "_legacy"});
  if (!found) {
    return to_error(found.error(), "looking at the partitions");
  }
  if (found.rows() == 0) {
    return fail(Errc::conflict, run.names.full + " has no partitions");
  }
  if (found.cell(0, 1) == "t") {
    return fail(Errc::conflict, found.cell(0, 0) + " is half detached; run salesflow partition maintain first");
  }
  return found.value();
}

/// unique (id) will hold again only if no id stands in two partitions.
Result<void> refuse_doubles(Run& run, const std::string& base) {
  const auto found =
      run.run_long(fmt::format("WITH others AS (SELECT id, count(*) AS times FROM {0} WHERE tableoid <> {1}::regclass "
                               "GROUP BY id) SELECT id FROM others "
                               "WHERE times > 1 OR EXISTS (SELECT FROM {2} AS b WHERE b.id = others.id) LIMIT 1",
                               run.names.full, literal(fmt::format("{}.{}", partition_schema, ident(base))),
                               fmt::format("{}.{}", partition_schema, ident(base))));
  if (!found) {
    return to_error(found.error(), "looking for ids that exist twice");
  }
  if (found.rows() > 0) {
    return fail(
        Errc::conflict,
        fmt::format("id {} exists in more than one partition, which the plain table cannot hold; nothing was changed",
                    found.value()));
  }
  return {};
}

/// The parent, without anything that has a name which the table will need.
void retire_parent(Run& run, Script& script, const Portrait& before, const std::string& key) {
  const auto& names = run.names;
  for (const auto& item : before) {
    if (item.kind == "index") {
      script.run("DROP INDEX public." + ident(item.name));
    } else if (item.kind == "foreign key") {
      script.run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", names.full, ident(item.name)));
    } else if (item.kind == "statistics") {
      script.run("DROP STATISTICS " + item.name);
    }
  }
  script.run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", names.full, ident(key)));
  if (script) {
    script.last = revoke_all(run.session(), names.full, false);
  }
  script.run(fmt::format("ALTER TABLE {} SET SCHEMA {}", names.full, partition_schema));
  script.run(fmt::format("ALTER TABLE {}.{} RENAME TO {}_retired", partition_schema, names.table, names.table));
}

/// The base under the table's name, its indexes under theirs, (id) its key again. It moves first: in public its indexes
/// can take their names, beside the other partitions they could not.
void restore_base(Run& run, Script& script, const State& state, const std::string& base, const Answer& indexes) {
  const auto& names = run.names;
  const std::string plain = fmt::format("{}.{}", partition_schema, ident(names.table));
  script.run(fmt::format("ALTER TABLE {} RENAME TO {}", base, ident(names.table)));
  script.run(fmt::format("ALTER TABLE {} SET SCHEMA public", plain));
  const auto key =
      script ? run.session().run("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'p'",
                                 {names.full})
             : Answer();
  script.run(
      fmt::format("ALTER TABLE {} DROP CONSTRAINT {}, ADD CONSTRAINT {} PRIMARY KEY USING INDEX salesflow_new_key",
                  names.full, ident(key.value()), ident(state.primary_key)));
  for (int row = 0; row < indexes.rows(); ++row) {
    if (indexes.cell(row, 0) != indexes.cell(row, 1))
      script.run(
          fmt::format("ALTER INDEX public.{} RENAME TO {}", ident(indexes.cell(row, 0)), ident(indexes.cell(row, 1))));
  }
  if (state.created_at_nullable) {
    script.run(fmt::format("ALTER TABLE {} ALTER COLUMN created_at DROP NOT NULL", names.full));
  }
  script.run(
      fmt::format("DO $$ DECLARE name text; BEGIN FOR name IN SELECT format('%I.%I', stxnamespace::regnamespace, "
                  "stxname) FROM pg_statistic_ext WHERE stxrelid = "
                  "{}::regclass LOOP EXECUTE 'DROP STATISTICS ' || name; END LOOP; END $$",
                  literal(names.full)));
}

/// Months with rows hang below the table, with its row triggers, until their rows are moved; empty ones go.
void hang_below(Run& run, Script& script, const std::string& child, const Portrait& before) {
  if (!script) {
    return;
  }
  const auto filled = run.session().run(fmt::format("SELECT EXISTS (SELECT FROM {})", child));
  script.last = filled;
  if (!filled || !filled.truth()) {
    script.run("DROP TABLE " + child);
    return;
  }
  script.run(fmt::format("ALTER TABLE {} INHERIT {}", child, run.names.full));
  const std::string on = " ON " + run.names.full + " ", on_table = "ALTER TABLE " + run.names.full + " ";
  for (const auto& item : before) {
    if (item.kind != "trigger" || item.definition.find(" FOR EACH ROW ") == std::string::npos)
      continue;
    std::string statement = item.statement;
    statement.replace(statement.find(on), on.size(), " ON " + child + " ");
    if (const auto at = statement.find(on_table); at != std::string::npos)
      statement.replace(at, on_table.size(), "ALTER TABLE " + child + " ");
    script.run(statement);
  }
}

Answer swap(Run& run, const State& state, const std::string& base_name, RevertReport& report,
            const Session::Tick& tick) {
  const auto& names = run.names;
  Script script(run.session(), tick);
  script.last = lock_for_swap(run, names.full, tick);
  const HoldTime held;
  const auto before = script ? take_portrait(run.session(), names.full) : PortraitAnswer{script.last, {}};
  script.last = before.answer;
  const auto found = script ? run.session().run(
                                  "SELECT i.inhrelid::regclass::text, c.relname = $2 FROM pg_inherits AS i JOIN "
                                  "pg_class AS c ON c.oid = i.inhrelid WHERE "
                                  "i.inhparent = to_regclass($1) ORDER BY 1",
                                  {names.full, base_name})
                            : script.last;
  const auto indexes = found ? run.session().run(
                                   "SELECT c.relname, p.relname FROM pg_index AS x JOIN pg_inherits AS i ON i.inhrelid "
                                   "= x.indexrelid JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_class AS p ON "
                                   "p.oid = i.inhparent WHERE x.indrelid = (SELECT oid FROM pg_class WHERE "
                                   "relnamespace = to_regnamespace($1) AND relname = $2) AND NOT x.indisprimary",
                                   {partition_schema, base_name})
                             : found;
  script.last = indexes;
  script.run(remember_sql(names, "reverting"));
  strip(script, names, before.items);
  publish_via_root(script, names, true);
  std::string base;
  std::vector<std::string> others;
  for (int row = 0; script && row < found.rows(); ++row) {
    script.run(fmt::format("ALTER TABLE {} DETACH PARTITION {}", names.full, found.cell(row, 0)));
    if (found.cell(row, 1) == "t") {
      base = found.cell(row, 0);
    } else {
      others.push_back(found.cell(row, 0));
    }
  }
  retire_parent(run, script, before.items, state.primary_key);
  restore_base(run, script, state, base, indexes);
  replay(script, before.items,
         {"column option", "sequence", "security", "policy", "trigger", "grant", "replica identity", "statistics",
          "publication", "view", "policy elsewhere", "function", "comment"});
  for (const auto& child : others)
    hang_below(run, script, child, before.items);
  if (script) {
    run.step("compare");
  }
  prove(script, names, before.items, state.created_at_nullable);
  held.check(script, run.options.hold_budget);
  report.locked_ms = held.ms();
  return script.last;
}

/// Takes back what a conversion did before its swap.
Result<void> undo_preparation(Run& run) {
  run.step("take back the preparation");
  auto dropped = run.attempt("dropping the bound", [&](const Session::Tick& tick) {
    Script script(run.session(), tick);
    script.last = lock_quietly(run, tick);
    script.run(fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", run.names.full, bound_name));
    return script.last;
  });
  if (!dropped) {
    return dropped;
  }
  if (const auto gone = run.run_long("DROP INDEX CONCURRENTLY IF EXISTS public.salesflow_new_key"); !gone) {
    return to_error(gone.error(), "dropping the unfinished key");
  }
  return forget_state(run);
}

Result<void> prepare_and_swap(Run& run, const State& state, RevertReport& report) {
  run.step("check");
  auto base = choose_base(run);
  if (!base) {
    return base.error();
  }
  if (auto single = refuse_doubles(run, *base); !single) {
    return single;
  }
  run.step("build the key");
  if (auto built = run.build_key(partition_schema, *base, "(id)"); !built) {
    return built;
  }
  run.step("swap");
  return run.attempt("exchanging the table", [&](const Session::Tick& tick) {
    run.step_index = 3;  // an attempt more is the same step
    return swap(run, state, *base, report, tick);
  });
}

/// From the swap, or where an interrupted run stands, to the end.
Result<void> take_back(Run& run, const State& state, RevertReport& report) {
  if (state.state == "converted") {
    if (auto swapped = prepare_and_swap(run, state, report); !swapped) {
      return swapped;
    }
  }
  run.step("materialized views");
  if (auto bound = rebind_views(run, run.names.retired); !bound) {
    return bound;
  }
  run.step("rows of later months");
  if (const auto gone = run.run_long("DROP TABLE IF EXISTS " + run.names.retired); !gone) {
    return to_error(gone.error(), "dropping the old parent");
  }
  auto moved = move_rows(run);
  if (!moved) {
    return moved.error();
  }
  report.moved_rows = *moved;
  run.step("clear up");
  if (const auto analyzed = run.run_long("ANALYZE " + run.names.full); !analyzed) {
    return to_error(analyzed.error(), "analyzing " + run.names.full);
  }
  return forget_state(run);
}

}  // namespace

Result<RevertReport> revert(const Options& options) {
  auto run = start_run(options, true);
  if (!run) {
    return run.error();
  }
  auto state = read_state(run->session(), run->names);
  if (!state) {
    return state.error();
  }
  RevertReport report;
  if (state->state == "plain") {
    report.already = true;
    return report;
  }
  const bool prepared_only = state->state == "preparing";
  run->steps = prepared_only ? 1 : 7;
  const auto change = [&] { return prepared_only ? undo_preparation(*run) : take_back(*run, *state, report); };
  if (auto changed = run_recorded(*run, change); !changed) {
    return changed.error();
  }
  if (prepared_only) {
    return report;
  }
  auto after = status(options);
  if (!after) {
    return after.error();
  }
  report.status = std::move(*after);
  return report;
}

}  // namespace salesflow::partitions
