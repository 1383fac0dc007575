#include "platform/partitions/months.hpp"

#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"

namespace salesflow::partitions {

using migrations::to_error;

namespace {

// Bounds as the catalogue prints them; -infinity and infinity stand for MINVALUE and MAXVALUE.
constexpr const char* bounds_sql = R"sql(
  SELECT c.oid, c.relname, i.inhdetachpending AS detaching, p.bound = 'DEFAULT' AS is_default,
    coalesce(nullif(replace(p.part[1], 'MINVALUE', ''), ''), '-infinity')::timestamptz AS lower,
    coalesce(nullif(replace(p.part[2], 'MAXVALUE', ''), ''), 'infinity')::timestamptz AS upper
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid,
    LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound,
      regexp_match(replace(pg_get_expr(c.relpartbound, c.oid), '''', ''), '^FOR VALUES FROM \((.*)\) TO \((.*)\)$') AS part) AS p
  WHERE i.inhparent = to_regclass($1))sql";

constexpr const char* this_month = "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'";

}  // namespace

Result<void> check_months(Session& session) {
  const auto there = session.run("SELECT to_regproc('salesflow.make_month') IS NOT NULL");
  if (!there)
    return to_error(there.error(), "looking for salesflow.make_month");
  if (!there.truth())
    return fail(Errc::conflict, "this database's schema is older than this program; run salesflow migrate up first");
  return {};
}

MonthsAnswer missing_months(Session& session, const Names& names, int months_ahead) {
  MonthsAnswer result;
  result.answer = session.run("SELECT name, lower, upper FROM salesflow.missing_months(to_regclass($1), $2::integer)",
                              {names.full, std::to_string(months_ahead)});
  for (int row = 0; result.answer && row < result.answer.rows(); ++row)
    result.months.push_back({result.answer.cell(row, 0), result.answer.cell(row, 1), result.answer.cell(row, 2)});
  return result;
}

Result<std::vector<std::string>> make_months(Run& run) {
  const auto missing = missing_months(run.session(), run.names, run.options.months_ahead);
  if (!missing.answer) {
    return to_error(missing.answer.error(), "looking for missing months");
  }
  std::vector<std::string> names;
  for (const auto& month : missing.months) {
    auto made = run.attempt("making " + month.name, [&](const Session::Tick& tick) {
      return run.session().run("CALL salesflow.make_month($1::text::regclass, $2, $3::timestamptz, $4::timestamptz)",
                               {run.names.full, month.name, month.from, month.to}, tick);
    });
    if (!made) {
      return made.error();
    }
    names.push_back(month.name);
  }
  return names;
}

Result<void> look_at_partitions(Session& session, const Names& names, Status& status) {
  const std::string iso = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
  const auto text = [&](const std::string& instant) { return fmt::format(fmt::runtime(iso), instant); };
  const auto found = session.run(fmt::format("WITH bounds AS ({}) SELECT relname, CASE WHEN isfinite(lower) THEN {} "
                                             "END, CASE WHEN isfinite(upper) THEN {} END, "
                                             "greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid), "
                                             "detaching, is_default FROM bounds JOIN pg_class AS c "
                                             "USING (oid, relname) ORDER BY lower",
                                             bounds_sql, text("lower"), text("upper")),
                                 {names.full});
  const auto detached = session.run(
      "SELECT c.relname, greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid) FROM pg_class AS c WHERE "
      "relnamespace = "
      "to_regnamespace($1) AND relkind = 'r' AND NOT relispartition AND NOT EXISTS (SELECT FROM pg_inherits WHERE "
      "inhrelid = c.oid) ORDER BY 1",
      {partition_schema});
  // Coverage: from the partition that holds this instant on, while each next one begins where the last one ends.
  const auto covered = session.run(
      fmt::format(
          "WITH RECURSIVE bounds AS ({}), chain (upper) AS (SELECT upper FROM bounds WHERE NOT detaching AND NOT "
          "is_default AND lower <= now() AND upper > now() "
          "UNION ALL SELECT b.upper FROM chain JOIN bounds AS b ON b.lower = chain.upper AND NOT b.detaching AND NOT "
          "b.is_default) "
          "SELECT {}, max(upper) >= {} + interval '2 months', to_char({} + interval '1 month', 'YYYY-MM') FROM chain",
          bounds_sql, text("nullif(max(upper), 'infinity')"), this_month, "(now() AT TIME ZONE 'UTC')"),
      {names.full});
  if (!found || !detached || !covered) {
    return to_error(!found      ? found.error()
                    : !detached ? detached.error()
                                : covered.error(),
                    "looking at the partitions");
  }
  for (int row = 0; row < found.rows(); ++row) {
    status.partitions.push_back({found.cell(row, 0), found.cell(row, 1), found.cell(row, 2),
                                 std::stoll(found.cell(row, 3)), std::stoll(found.cell(row, 4)),
                                 found.cell(row, 5) == "t"});
    if (status.partitions.back().detaching) {
      status.alarms.push_back(found.cell(row, 0) + " is half detached; maintain finishes it");
    }
    if (found.cell(row, 6) == "t") {
      status.alarms.push_back(found.cell(row, 0) +
                              " is a default partition: rows in it stand in the way of new months");
    }
  }
  for (int row = 0; row < detached.rows(); ++row) {
    status.detached.push_back(
        {detached.cell(row, 0), "", "", std::stoll(detached.cell(row, 1)), std::stoll(detached.cell(row, 2)), false});
  }
  status.covered_until = covered.cell(0, 0);
  if (covered.cell(0, 1) != "t") {
    status.alarms.push_back(fmt::format(
        "the partition of next month ({}) is missing: inserts will fail then; run salesflow partition maintain {}",
        covered.cell(0, 2), names.table));
  }
  return {};
}

}  // namespace salesflow::partitions
