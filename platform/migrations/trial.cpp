#include "platform/migrations/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "platform/migrations/adoption.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/sql_splitter.hpp"
#include "platform/migrations/stops.hpp"

namespace salesflow::migrations {
namespace {

/// A COMMIT by mistake would leave the schema renamed, so none can succeed: what is deferred here fails at commit.
constexpr const char* guard_sql = R"sql(
SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '60s'; SET LOCAL client_min_messages = warning;
CREATE FUNCTION pg_temp.refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trial is never committed'; END $$;
CREATE TEMPORARY TABLE trial_guard (x integer);
CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON pg_temp.trial_guard DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse_commit();
INSERT INTO pg_temp.trial_guard VALUES (1);
ALTER SCHEMA public RENAME TO sf_trial_found;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
SELECT set_config('search_path', 'public, sf_trial_found, ' || current_setting('search_path'), true))sql";

/// $1: names of ours. Their empty copies.
constexpr const char* copies_sql = R"sql(
SELECT format('CREATE TABLE public.%I (LIKE sf_trial_found.%1$I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED '
  'INCLUDING IDENTITY INCLUDING INDEXES)', c.relname)
FROM pg_class AS c WHERE c.relnamespace = 'sf_trial_found'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname = ANY ($1::text[]) ORDER BY 1)sql";

/// Of the copies: table, number and name of a column, its type, whether it may be NULL, and the type's OID.
constexpr const char* columns_sql = R"sql(
SELECT c.relname, a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, a.atttypid
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 3)sql";

struct FoundColumn {
  std::string table, name, type;
  bool may_be_null = false, other_type = false;  // than a new table of ours has
};

/// How salesflow_app sees them once `up` has run: views in its own schema, found first, that serve some columns by an
/// expression (docs/decisions/0020). View, number and name of a column, and whether that leaves it no NULL; one that
/// only leaves out NaN does.
constexpr const char* served_sql = R"sql(
SELECT c.relname, a.attrelid, a.attnum, a.attname,
  s.column_name IS NOT NULL AND s.expression !~ '^CASE WHEN \S+ > ''-Infinity'' AND \S+ < ''Infinity'' THEN \S+ END$'
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN salesflow.served_columns AS s ON s.table_name = 'public.' || c.relname AND s.column_name = a.attname
WHERE c.relnamespace = 'salesflow_app'::regnamespace AND c.relkind = 'v')sql";

/// By table's OID and column's number, as an answer tells where a column comes from.
using FoundColumns = std::map<std::pair<std::uint32_t, int>, FoundColumn>;

std::string text_array(const std::set<std::string>& words) {
  std::string array;
  for (const auto& word : words)
    array += (array.empty() ? "\"" : ",\"") + word + "\"";
  return "{" + array + "}";
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
      word += c;
    else if (!word.empty())
      words.insert(std::exchange(word, {}));
  }
  return words;
}

/// Makes the copies, and says what they have.
Result<FoundColumns> copy_tables(Session& session, const std::vector<WantedTable>& wanted) {
  std::set<std::string> names;
  std::map<std::string, std::string> types;  // "leads.name": as a new table has it
  for (const auto& table : wanted) {
    const std::string name = table.table.substr(table.table.find('.') + 1);
    names.insert(name);
    for (const auto& [column, type] : table.columns)
      types[name + "." + column] = type;
  }
  const auto copies = session.run(copies_sql, {text_array(names)});
  if (!copies)
    return to_error(copies.error(), "looking at the found tables");
  for (int i = 0; i < copies.rows(); ++i) {
    if (const auto made = session.run(copies.cell(i, 0)); !made)
      return to_error(made.error(), "copying the shape of a found table");
  }
  const auto rows = session.run(columns_sql);
  if (!rows)
    return to_error(rows.error(), "looking at the found columns");
  FoundColumns columns;
  for (int i = 0; i < rows.rows(); ++i) {
    FoundColumn column{rows.cell(i, 0), rows.cell(i, 3), rows.cell(i, 4), rows.cell(i, 5) == "t"};
    const auto type = types.find(column.table + "." + column.name);
    if (type != types.end()) {
      const auto other = session.run("SELECT to_regtype($1) IS DISTINCT FROM $2::oid::regtype",
                                     {type->second.substr(0, type->second.find('(')), rows.cell(i, 6)});
      column.other_type = other && other.truth();
    }
    columns[{static_cast<std::uint32_t>(std::stoul(rows.cell(i, 1))), std::stoi(rows.cell(i, 2))}] = std::move(column);
  }
  return columns;
}

struct Stop {
  std::string text;
  bool passes = false;  // somebody held a lock, or the time was up: nothing that the shapes are to blame for
};

/// `up` on the copies; what stops it. Index builds run inside the transaction, too.
std::optional<Stop> run_up(Session& session, const std::vector<Migration>& migrations) {
  static const std::regex concurrently(R"(\bCONCURRENTLY\b)");
  if (const auto ready = ensure_ledger(session); !ready)
    return Stop{ready.error().public_detail};
  for (const auto& migration : migrations) {
    session.run("SELECT set_config('salesflow.version', $1, true)", {std::to_string(migration.version)});
    for (const auto& statement : split_statements(migration.up_sql)) {
      const bool plain = migration.transactional || statement.text.size() > 4'000;
      const auto answer = session.run(plain ? statement.text : std::regex_replace(statement.text, concurrently, ""));
      if (!answer) {
        const auto& error = answer.error();
        return Stop{fmt::format("{}.up.sql line {}: {}", migration.name, statement.line, error.to_string()),
                    error.is("55P03") || error.is("57014") || error.is("40P01")};
      }
    }
  }
  return std::nullopt;
}

/// Sets the session where statements of the service are prepared, and adds the views that they read in place of tables.
Result<void> see_as_the_service(Session& session, FoundColumns& columns) {
  session.run("SELECT set_config('search_path', 'salesflow_app, ' || current_setting('search_path'), true)");
  const auto rows = session.run(served_sql);
  if (!rows)
    return to_error(rows.error(), "looking at what is served");
  std::map<std::string, FoundColumn> by_name;
  for (const auto& [place, column] : columns)
    by_name[column.table + "." + column.name] = column;
  for (int i = 0; i < rows.rows(); ++i) {
    const auto found = by_name.find(rows.cell(i, 0) + "." + rows.cell(i, 3));
    if (found == by_name.end())
      continue;
    FoundColumn column = found->second;
    column.may_be_null = column.may_be_null && rows.cell(i, 4) != "t";
    columns[{static_cast<std::uint32_t>(std::stoul(rows.cell(i, 1))), std::stoi(rows.cell(i, 2))}] = std::move(column);
  }
  return {};
}

class Misfits {
 public:
  void add(const FoundColumn* column, const std::string& text, std::string_view statement) {
    Misfit& misfit = misfits_[{column ? "public." + column->table + "." + column->name : "", text}];
    misfit.column = column ? "public." + column->table + "." + column->name : "";
    misfit.type = column ? column->type : "";
    misfit.text = text;
    const std::string name(statement);
    if (misfit.statements.empty() || misfit.statements.back() != name)
      misfit.statements.push_back(name);
  }
  std::vector<Misfit> take() {
    std::vector<Misfit> all;
    for (auto& [key, misfit] : misfits_)
      all.push_back(std::move(misfit));
    return all;
  }

 private:
  std::map<std::pair<std::string, std::string>, Misfit> misfits_;
};

/// The found column that a refused statement stumbles over: the one that the message names, or the only one of another
/// type that the statement speaks of.
const FoundColumn* blame(const FoundColumns& columns, const Query& query, const SqlError& error) {
  static const std::regex named(R"re(column "?(?:\w+\.)?(\w+)"?)re");
  std::smatch match;
  const std::string name = std::regex_search(error.message, match, named) ? match[1].str() : "";
  static const std::regex typed(R"re(for type "?([a-z ]+?)"?:)re");
  const std::string type = std::regex_search(error.message, match, typed) ? match[1].str() : "";
  const auto tables = words_of(std::string(query.reads) + " " + std::string(query.writes)),
             words = words_of(query.text);
  const FoundColumn* suspect = nullptr;
  for (const auto& [place, column] : columns) {
    if (!tables.contains(column.table))
      continue;
    if (column.name == name)
      return &column;
    if (name.empty() && column.other_type && words.contains(column.name) && column.type.starts_with(type))
      suspect = &column;
  }
  return suspect;
}

/// A row whose column is NULL does not come where that column has to equal something.
bool is_asked_for(const Query& query, const std::string& column) {
  for (const std::string& asked : {column + " = $", column + " = (", column + " BETWEEN $"}) {
    const auto at = query.text.find(asked);
    const char before = at == std::string_view::npos || at == 0 ? 'x' : query.text[at - 1];
    if (before == ' ' || before == '.' || before == '(')
      return true;
  }
  return false;
}

void try_statement(Session& session, const Query& query, std::string_view rows, const FoundColumns& columns,
                   Misfits& misfits) {
  session.run("SAVEPOINT statement");
  const Description description = session.describe(std::string(query.text), query.types);
  if (description.error) {
    misfits.add(blame(columns, query, *description.error), "refused: " + description.error->to_string(), query.name);
    session.run("ROLLBACK TO SAVEPOINT statement");
    return;
  }
  for (const auto& listed : listed_columns(rows)) {
    const auto answered = std::find_if(description.columns.begin(), description.columns.end(),
                                       [&](const DescribedColumn& column) { return column.name == listed.name; });
    if (answered == description.columns.end())
      continue;
    const auto found = columns.find({answered->table, answered->table_column});
    const FoundColumn* column = found == columns.end() ? nullptr : &found->second;
    if (!takes(listed.type, answered->type)) {
      const std::string type =
          session.run("SELECT format_type($1::oid, NULL)", {std::to_string(answered->type)}).value();
      misfits.add(column, fmt::format("answered as {} in place of {}", type, listed.type), query.name);
    }
    // What a write returns takes the default of its member (docs/decisions/0022).
    const bool needs_value = query.mode == QueryMode::read && !listed.may_be_null;
    if (column && column->may_be_null && needs_value && !is_asked_for(query, column->name))
      misfits.add(column, "may be NULL, and the answer has no place for that", query.name);
  }
}

}  // namespace

std::vector<ListedColumn> listed_columns(std::string_view rows) {
  std::vector<ListedColumn> columns;
  std::istringstream parts{std::string(rows)};
  for (std::string part; std::getline(parts, part, '|');) {
    std::istringstream words(part);
    ListedColumn column;
    if (!(words >> column.name >> column.type) || column.type == "…")
      continue;
    column.may_be_null = column.type.ends_with('?');
    if (column.may_be_null)
      column.type.pop_back();
    columns.push_back(std::move(column));
  }
  return columns;
}

bool takes(std::string_view listed, std::uint32_t type) {
  // As platform/postgres decodes: an integer takes narrower ones, text everything that is sent as its text.
  static const std::map<std::string_view, std::set<std::uint32_t>> taken{{"bool", {16}},
                                                                         {"int2", {21}},
                                                                         {"int4", {21, 23}},
                                                                         {"int8", {20, 21, 23, 5069, 3220}},
                                                                         {"float8", {700, 701}},
                                                                         {"numeric", {1700}},
                                                                         {"uuid", {2950}},
                                                                         {"timestamptz", {1184}},
                                                                         {"date", {1082}},
                                                                         {"jsonb", {3802, 114}},
                                                                         {"json", {114, 3802}},
                                                                         {"text[]", {1009, 1015}},
                                                                         {"uuid[]", {2951}},
                                                                         {"bytea", {17}},
                                                                         {"text", {25, 1043, 1042, 19, 114, 705}}};
  const auto known = taken.find(listed);
  return known == taken.end() || known->second.contains(type) || (listed == "text" && type >= 16384);
}

Result<void> try_catalogue(Session& session, const std::vector<Migration>& migrations,
                           std::span<const CatalogueEntry> statements, std::span<const StatementRows> rows,
                           PlanReport& report) {
  auto wanted = wanted_tables(migrations);
  std::erase_if(wanted, [](const WantedTable& table) { return table.own; });  // find_conflicts names these
  std::set<std::string> names;
  for (const auto& table : wanted)
    names.insert(table.table);
  const auto there = session.run("SELECT count(to_regclass(n)) > 0, pg_is_in_recovery() FROM unnest($1::text[]) AS n",
                                 {text_array(names)});
  if (!there)
    return to_error(there.error(), "looking for found tables");
  if (!there.truth() || there.cell(0, 1) == "t")
    return {};
  if (const auto begun = session.run("BEGIN"); !begun)
    return to_error(begun.error(), "beginning a trial");
  const auto end = [&] { session.run("ROLLBACK"); };
  if (const auto guarded = session.run(guard_sql); !guarded) {
    report.trial_note = "the statements were not tried on the found tables: " + guarded.error().to_string();
    end();
    return {};
  }
  auto columns = copy_tables(session, wanted);
  if (!columns) {
    report.trial_note = "the statements were not tried: " + columns.error().public_detail;
    end();
    return {};
  }
  if (const auto stopped = run_up(session, migrations)) {
    if (stopped->passes) {
      report.trial_note = "the statements were not tried on the found tables: " + stopped->text;
    } else {
      end();
      for (auto& text : unfit_types(session, migrations))
        report.add_stop(std::move(text));
      report.add_stop("up would stop on empty copies of the found tables: " + stopped->text);
      return {};
    }
    end();
    return {};
  }
  if (auto seen = see_as_the_service(session, *columns); !seen) {
    end();
    return seen.error();
  }
  std::map<std::string_view, std::string_view> rows_of;
  for (const auto& statement : rows)
    rows_of[statement.name] = statement.rows;
  Misfits misfits;
  for (const auto& entry : statements) {
    if (entry.query->file.starts_with("platform/doctor/"))
      continue;  // asks any database, and says itself what it cannot see there
    try_statement(session, *entry.query, rows_of[entry.query->name], *columns, misfits);
    ++report.statements_tried;
  }
  report.misfits = misfits.take();
  end();
  return {};
}

}  // namespace salesflow::migrations
