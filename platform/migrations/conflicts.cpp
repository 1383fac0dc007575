#include "platform/migrations/conflicts.hpp"

#include <fmt/format.h>

#include <set>

#include "platform/migrations/adoption.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

/// Enabled triggers of these tables whose functions insert NEW.* or OLD.*, also as (NEW).*.
constexpr const char* triggers_sql = R"sql(
SELECT g.tgname, g.tgrelid::regclass, g.tgfoid::regprocedure
FROM pg_trigger AS g JOIN pg_proc AS d ON d.oid = g.tgfoid
WHERE g.tgrelid = ANY (SELECT to_regclass(n) FROM unnest($1::text[]) AS n) AND NOT g.tgisinternal AND g.tgenabled <> 'D'
  AND g.tgname !~ '^(zz_)?salesflow_' AND d.prosrc ~* '\minsert\s+into\M'
  AND d.prosrc ~* '(\mselect|\mvalues\s*\(|,)\s*\(?\s*\m(new|old)\s*\)?\s*\.\s*\*'
ORDER BY 2, 1)sql";

/// Functions that insert all columns of one of these tables elsewhere, or answer them as a fixed list.
constexpr const char* functions_sql = R"sql(
SELECT DISTINCT d.oid::regprocedure::text, t.name
FROM pg_proc AS d JOIN pg_language AS l ON l.oid = d.prolang AND l.lanname IN ('sql', 'plpgsql')
CROSS JOIN LATERAL (SELECT to_regclass(n)::text AS name, split_part(n, '.', 2) AS word FROM unnest($1::text[]) AS n) AS t
WHERE d.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND d.pronamespace::regnamespace::text NOT LIKE 'salesflow%'
  AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = d.oid AND e.deptype = 'e')
  AND d.prosrc ~* (CASE WHEN d.proargmodes @> '{t}' THEN '' ELSE '\minsert\s+into\s[^;]*' END ||
                   '\mselect\s+(\w+\s*\.\s*)?\*\s+from\s+(only\s+)?("?\w+"?\s*\.\s*)?"?' || t.word || '"?(\W|$)')
ORDER BY 1, 2)sql";

std::string array_of(const std::set<std::string>& names) {
  return fmt::format("{{{}}}", fmt::join(names, ","));
}

}  // namespace

Result<Conflicts> find_conflicts(Session& session, const std::vector<Migration>& migrations, bool first_up) {
  Conflicts conflicts;
  const bool recorded = session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth();
  std::set<std::string> found;
  for (const auto& wanted : wanted_tables(migrations)) {
    if (!session.run("SELECT to_regclass($1) IS NOT NULL", {wanted.table}).truth() ||
        (recorded && session.run("SELECT salesflow.made('table', $1)", {wanted.table}).truth()))
      continue;
    if (!wanted.own) {
      found.insert(wanted.table);
      continue;
    }
    conflicts.stops.push_back(fmt::format(
        "{0} exists and is not SalesFlow's, which needs the name; give it another one: ALTER TABLE {0} RENAME TO …",
        wanted.table));
  }
  if (!first_up)
    return conflicts;
  const auto triggers = session.run(triggers_sql, {array_of(found)});
  const auto functions = triggers ? session.run(functions_sql, {array_of(found)}) : triggers;
  if (!functions)
    return to_error(functions.error(), "looking at the functions that were found");
  for (int i = 0; i < triggers.rows(); ++i) {
    conflicts.stops.push_back(
        fmt::format("trigger {} of {} copies whole rows (NEW.*) in {}: with the columns that up adds, every write that "
                    "fires it would be refused; name the columns there, or disable the trigger",
                    triggers.cell(i, 0), triggers.cell(i, 1), triggers.cell(i, 2)));
  }
  for (int i = 0; i < functions.rows(); ++i) {
    conflicts.breaks.push_back(
        fmt::format("function {} takes all columns (SELECT *) of {}: with the columns that up adds, its calls would be "
                    "refused; name the columns there",
                    functions.cell(i, 0), functions.cell(i, 1)));
  }
  return conflicts;
}

Result<void> refuse_conflicts(Session& session, const std::vector<Migration>& migrations, bool first_up) {
  const auto conflicts = find_conflicts(session, migrations, first_up);
  if (!conflicts)
    return conflicts.error();
  if (conflicts->stops.empty())
    return {};
  return fail(Errc::conflict, fmt::format("nothing was changed: {}", fmt::join(conflicts->stops, "; ")));
}

}  // namespace salesflow::migrations
