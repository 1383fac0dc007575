#include "platform/migrations/filled_values.hpp"

#include <fmt/format.h>

#include "platform/migrations/attempts.hpp"

namespace salesflow::migrations {
namespace {

struct FilledColumn {
  std::string table, attribute, type;  // as SQL, quoted where they must be
  std::string relation, name;          // as recorded
  std::int64_t values = 0;
  bool there = false;
};

Result<std::vector<FilledColumn>> filled_columns(Session& session) {
  std::vector<FilledColumn> columns;
  if (!session.run("SELECT to_regclass('salesflow.filled_values') IS NOT NULL").truth()) {
    return columns;
  }
  const auto rows = session.run(
      "SELECT to_regclass(f.relation), quote_ident(f.attribute), format_type(a.atttypid, a.atttypmod), f.relation, "
      "f.attribute, f.number, a.attnum IS NOT NULL FROM (SELECT relation, attribute, count(*) AS number FROM "
      "salesflow.filled_values GROUP BY 1, 2) AS f LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(f.relation) "
      "AND a.attname = f.attribute AND NOT a.attisdropped ORDER BY 4, 5");
  if (!rows) {
    return to_error(rows.error(), "reading what was filled in");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    columns.push_back({rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3), rows.cell(i, 4),
                       std::stoll(rows.cell(i, 5)), rows.cell(i, 6) == "t"});
  }
  return columns;
}

/// ALTER TABLE … of each enabled trigger of the table's users, for the time of one batch, and of the policies that hold
/// for its owner, too: none of its rows would be seen.
std::pair<std::string, std::string> resting_triggers(Session& session, const std::string& table) {
  const auto forced = session.run(
      "SELECT format('ALTER TABLE %1$s NO FORCE ROW LEVEL SECURITY; ', oid::regclass), "
      "format('ALTER TABLE %1$s FORCE ROW LEVEL SECURITY; ', oid::regclass) FROM pg_class "
      "WHERE oid = to_regclass($1) AND relforcerowsecurity",
      {table});
  std::pair<std::string, std::string> resting;
  if (forced && forced.rows() > 0) {
    resting = {forced.cell(0, 0), forced.cell(0, 1)};
  }
  const auto rows = session.run(
      "SELECT string_agg(format('ALTER TABLE %1$s DISABLE TRIGGER %2$I; ', tgrelid::regclass, tgname), ''), "
      "string_agg(format('ALTER TABLE %1$s ENABLE %3$s TRIGGER %2$I; ', tgrelid::regclass, tgname, "
      "CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END), '') FROM pg_trigger "
      "WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND tgparentid = 0 AND tgenabled IN ('O', 'A')",
      {table});
  if (rows && rows.rows() > 0) {
    resting.first += rows.cell(0, 0);
    resting.second += rows.cell(0, 1);
  }
  return resting;
}

Result<void> restore_column(const Work& work, const FilledColumn& column) {
  const std::string batch = fmt::format(
      "WITH batch AS (DELETE FROM salesflow.filled_values WHERE (relation, attribute, row_id) IN (SELECT relation, "
      "attribute, row_id FROM salesflow.filled_values WHERE relation = $1 AND attribute = $2 ORDER BY row_id LIMIT {}) "
      "RETURNING row_id, before, value), restored AS (UPDATE {} AS t SET {} = b.before::{} FROM batch AS b "
      "WHERE t.id = b.row_id AND t.{}::text = b.value RETURNING 1) SELECT (SELECT count(*) FROM batch), "
      "(SELECT count(*) FROM restored)",
      work.options.backfill_limits.batch_rows, column.table, column.attribute, column.type, column.attribute);
  const auto tell = [&](std::string text) { work.tell(Progress::Kind::waiting, std::move(text)); };
  std::int64_t looked = 1, restored = 0;
  while (looked > 0) {
    const auto body = [&](const Session::Tick& watch) {
      auto& session = work.session;
      Answer answer = session.run(
          fmt::format("SELECT set_config('lock_timeout', '{}ms', true), set_config('statement_timeout', '{}ms', true)",
                      session.lock_wait(work.options.lock_timeout).count(), work.options.statement_budget.count()));
      const auto [rest, wake] = resting_triggers(session, column.relation);
      if (answer && !rest.empty()) {
        answer = session.run(rest, {}, watch);
      }
      if (answer) {
        answer = session.run(batch, {column.relation, column.name}, watch);
      }
      if (answer) {
        looked = std::stoll(answer.cell(0, 0));
        restored += std::stoll(answer.cell(0, 1));
        answer = wake.empty() ? answer : session.run("SET CONSTRAINTS ALL IMMEDIATE; " + wake, {}, watch);
      }
      return answer;
    };
    const auto done = run_attempts({work.session, work.monitor, work.options, tell}, body,
                                   [&] { return "setting back " + column.relation + "." + column.attribute; });
    if (!done) {
      return done;
    }
  }
  work.tell(Progress::Kind::note, fmt::format("set back {} of {} values of {}.{} that SalesFlow had filled in",
                                              restored, column.values, column.relation, column.attribute));
  return {};
}

Result<void> take_back_rows(const Work& work) {
  if (!work.session.run("SELECT to_regprocedure('salesflow.take_back_rows()') IS NOT NULL").truth()) {
    return {};
  }
  const auto tell = [&](std::string text) { work.tell(Progress::Kind::waiting, std::move(text)); };
  const auto body = [&](const Session::Tick& watch) {
    Answer answer = work.session.run(fmt::format("SELECT set_config('lock_timeout', '{}ms', true)",
                                                 work.session.lock_wait(work.options.lock_timeout).count()));
    return answer ? work.session.run("CALL salesflow.take_back_rows()", {}, watch) : answer;
  };
  return run_attempts({work.session, work.monitor, work.options, tell}, body,
                      [] { return std::string("taking back organisations and memberships"); });
}

}  // namespace

std::vector<Loss> count_filled_values(Session& session) {
  std::vector<Loss> losses;
  const auto columns = filled_columns(session);
  for (const auto& column : columns ? *columns : std::vector<FilledColumn>{}) {
    if (column.there) {
      losses.push_back({"column " + column.relation + "." + column.attribute, column.values, false});
    }
  }
  return losses;
}

Result<void> restore_filled_values(const Work& work) {
  auto columns = filled_columns(work.session);
  if (!columns) {
    return columns.error();
  }
  for (const auto& column : *columns) {
    if (column.there) {
      if (auto done = restore_column(work, column); !done) {
        return done;
      }
    }
  }
  return take_back_rows(work);
}

}  // namespace salesflow::migrations
