#include "platform/partitions/rebind.hpp"

#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"
#include "platform/partitions/swap.hpp"

namespace salesflow::partitions {

using migrations::Progress;
using migrations::to_error;

namespace {

// A replaced view keeps living as sf_old_<oid> until nothing depends on it.
constexpr const char* stale_sql = R"sql(
WITH stale AS (SELECT to_regclass($1)::oid AS oid UNION SELECT oid FROM pg_class WHERE relkind = 'm' AND relname ~ '^sf_old_[0-9]+$')
SELECT DISTINCT v.oid, v.oid::regclass::text, n.nspname, v.relname
FROM stale AS s JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_rewrite AS r ON r.oid = d.objid JOIN pg_class AS v ON v.oid = r.ev_class JOIN pg_namespace AS n ON n.oid = v.relnamespace
WHERE v.relkind = 'm' AND v.relname !~ '^sf_old_[0-9]+$' ORDER BY v.oid)sql";

constexpr const char* leftovers_sql =
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm' AND relname ~ '^sf_old_[0-9]+$' ORDER BY oid DESC";

struct View {
  std::string oid, full, schema, name;
};

/// CREATE statements of the replacement `fresh`, its indexes named sf_new_<oid of the old index>.
Result<std::vector<std::string>> build_statements(Run& run, const View& view, const std::string& fresh) {
  const auto head = run.session().run(
      "SELECT format('CREATE MATERIALIZED VIEW %s%s AS %s WITH %s DATA', $2::text, ' WITH (' || "
      "array_to_string(c.reloptions, ', ') || ')', "
      "rtrim(coalesce((SELECT facts -> 'definitions' ->> $3::text FROM salesflow.partitioned_tables WHERE table_name = "
      "$4), "
      "''), '; '), "
      "CASE WHEN c.relispopulated THEN '' ELSE 'NO' END), (SELECT facts -> 'definitions' ? $3::text FROM "
      "salesflow.partitioned_tables WHERE "
      "table_name = $4) FROM pg_class AS c WHERE c.oid = $1::oid",
      {view.oid, fresh, view.full, run.names.full});
  const auto indexes = run.session().run(
      "SELECT regexp_replace(pg_get_indexdef(indexrelid), '^(CREATE (?:UNIQUE )?INDEX) .*? ON .*? USING ', format('\\1 "
      "%I ON %s USING ', "
      "'sf_new_' || indexrelid, $2::text)) FROM pg_index WHERE indrelid = $1::oid ORDER BY indexrelid",
      {view.oid, fresh});
  if (!head || !indexes) {
    return to_error(!head ? head.error() : indexes.error(), "reading " + view.full);
  }
  if (head.cell(0, 1) != "t") {
    return fail(
        Errc::conflict,
        fmt::format("materialized view {} was made after the swap on a table that is no longer read; make it again",
                    view.full));
  }
  std::vector<std::string> statements{fmt::format("DROP MATERIALIZED VIEW IF EXISTS {}", fresh), head.cell(0, 0)};
  for (int row = 0; row < indexes.rows(); ++row)
    statements.push_back(indexes.cell(row, 0));
  statements.push_back("ANALYZE " + fresh);
  return statements;
}

/// The rest in one transaction: names change places, and what hung on the old one hangs on the new one.
Answer take_place(Run& run, const View& view, const std::string& fresh, const Session::Tick& tick) {
  Script script(run.session(), tick);
  script.last = lock_for_swap(run, view.full, tick);
  const auto before = script ? take_portrait(run.session(), view.full) : PortraitAnswer{script.last, {}};
  script.last = before.answer;
  const auto indexes = script ? run.session().run(
                                    "SELECT indexrelid, n.nspname, c.relname FROM pg_index AS i JOIN pg_class AS c ON "
                                    "c.oid = i.indexrelid JOIN pg_namespace AS n ON "
                                    "n.oid = c.relnamespace WHERE indrelid = $1::oid",
                                    {view.oid})
                              : Answer();
  const std::string schema = ident(view.schema) + ".";
  script.run(fmt::format("ALTER MATERIALIZED VIEW {} RENAME TO sf_old_{}", view.full, view.oid));
  for (int row = 0; row < indexes.rows(); ++row) {
    script.run(
        fmt::format("ALTER INDEX {}{} RENAME TO sf_old_{}", schema, ident(indexes.cell(row, 2)), indexes.cell(row, 0)));
    script.run(
        fmt::format("ALTER INDEX {}sf_new_{} RENAME TO {}", schema, indexes.cell(row, 0), ident(indexes.cell(row, 2))));
  }
  script.run(fmt::format("ALTER MATERIALIZED VIEW {} RENAME TO {}", fresh, ident(view.name)));
  if (script) {
    script.last = revoke_all(run.session(), view.full, true);
  }
  replay(script, before.items,
         {"owner", "column option", "grant", "statistics", "view", "policy elsewhere", "function", "comment"});
  if (script) {
    Names names = run.names;
    names.full = view.full;
    prove(script, names, before.items, false);
  }
  return script.last;
}

Result<void> rebind(Run& run, const View& view) {
  run.tell(Progress::Kind::note, "builds materialized view " + view.full + " anew");
  const std::string fresh = fmt::format("{}.sf_new_{}", ident(view.schema), view.oid);
  auto statements = build_statements(run, view, fresh);
  if (!statements) {
    return statements.error();
  }
  for (const auto& statement : *statements) {
    if (const auto done = run.run_long(statement); !done) {
      return to_error(done.error(), "building materialized view " + view.full);
    }
  }
  return run.attempt("exchanging materialized view " + view.full,
                     [&](const Session::Tick& tick) { return take_place(run, view, fresh, tick); });
}

Result<std::vector<View>> stale_views(Session& session, const std::string& stale) {
  const auto found = session.run(stale_sql, {stale});
  if (!found) {
    return to_error(found.error(), "looking for materialized views");
  }
  std::vector<View> views;
  for (int row = 0; row < found.rows(); ++row)
    views.push_back({found.cell(row, 0), found.cell(row, 1), found.cell(row, 2), found.cell(row, 3)});
  return views;
}

}  // namespace

Result<std::vector<std::string>> pending_views(Session& session, const std::string& stale) {
  auto views = stale_views(session, stale);
  const auto leftovers = session.run(leftovers_sql);
  if (!views || !leftovers) {
    return !views ? views.error() : to_error(leftovers.error(), "looking for materialized views");
  }
  std::vector<std::string> pending;
  for (const auto& view : *views)
    pending.push_back("materialized view " + view.full + " still reads the old table");
  for (int row = 0; row < leftovers.rows(); ++row)
    pending.push_back("replaced materialized view " + leftovers.cell(row, 0) + " still to drop");
  return pending;
}

Result<void> rebind_views(Run& run, const std::string& stale) {
  while (true) {
    auto views = stale_views(run.session(), stale);
    if (!views) {
      return views.error();
    }
    if (views->empty()) {
      break;
    }
    if (auto done = rebind(run, views->front()); !done) {
      return done;
    }
  }
  const auto leftovers = run.session().run(leftovers_sql);
  for (int row = 0; leftovers && row < leftovers.rows(); ++row) {
    auto dropped = run.attempt("dropping " + leftovers.cell(row, 0), [&](const Session::Tick& tick) {
      return run.session().run("DROP MATERIALIZED VIEW " + leftovers.cell(row, 0), {}, tick);
    });
    if (!dropped) {
      return dropped;
    }
  }
  return leftovers ? Result<void>{} : to_error(leftovers.error(), "looking for replaced materialized views");
}

}  // namespace salesflow::partitions
