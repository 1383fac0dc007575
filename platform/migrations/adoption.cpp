#include "platform/migrations/adoption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "platform/migrations/found_people.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

using Wanted = WantedTable;

std::string type_of(const std::string& definition) {
  static const std::regex end(R"(\s+(NOT NULL|DEFAULT|CHECK|PRIMARY|UNIQUE|GENERATED|COLLATE)\b[\s\S]*$)");
  return std::regex_replace(definition, end, "");
}

/// The text of the SQL constant at `at`: 'text' or $tag$text$tag$. Read by hand: a long text is too deep for
/// std::regex.
std::string constant_at(const std::string& sql, std::size_t at) {
  at = sql.find_first_of("'$", at);
  if (at == std::string::npos) {
    return {};
  }
  const std::string quote = sql[at] == '\'' ? "'" : sql.substr(at, sql.find('$', at + 1) - at + 1);
  const std::size_t begin = at + quote.size(), end = sql.find(quote, begin);
  return end == std::string::npos ? std::string{} : sql.substr(begin, end - begin);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

/// True when the table was there before SalesFlow came.
bool was_found(Session& session, const std::string& table, bool recorded) {
  return !recorded || !session.run("SELECT salesflow.made('table', $1)", {table}).truth();
}

struct Column {
  std::string type;
  bool same = false;
};

/// The columns a table has; `same` says whether each has the wanted type, lengths apart.
std::map<std::string, Column> columns_of(Session& session, const Wanted& wanted) {
  std::string names, types;
  for (const auto& [name, type] : wanted.columns) {
    names += (names.empty() ? "" : ",") + ("\"" + name + "\"");
    types += (types.empty() ? "" : ",") + ("\"" + type + "\"");
  }
  const auto rows = session.run(
      "SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(to_regtype(w.type) = a.atttypid, false) "
      "FROM pg_attribute AS a LEFT JOIN unnest($2::text[], $3::text[]) AS w (name, type) ON w.name = a.attname "
      "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
      {wanted.table, "{" + names + "}", "{" + types + "}"});
  std::map<std::string, Column> columns;
  for (int i = 0; rows && i < rows.rows(); ++i) {
    columns[rows.cell(i, 0)] = {rows.cell(i, 1), rows.cell(i, 2) == "t"};
  }
  return columns;
}

void add_table(const Wanted& wanted, const std::map<std::string, Column>& columns, std::vector<Finding>& findings) {
  std::vector<std::string> added, other_types, beside;
  std::set<std::string> names;
  for (const auto& [name, type] : wanted.columns) {
    names.insert(name);
    const auto found = columns.find(name);
    if (found == columns.end()) {
      added.push_back(name);
    } else if (!found->second.same) {
      other_types.push_back(fmt::format("{} stays {} (a new table has {})", name, found->second.type, type));
    }
  }
  for (const auto& [name, column] : columns) {
    if (!names.contains(name)) {
      beside.push_back(name);
    }
  }
  findings.push_back({"keep", "table " + wanted.table,
                      fmt::format("found with {} columns; its rows, types, defaults and constraints stay{}{}",
                                  columns.size(), other_types.empty() ? "" : "; " + joined(other_types),
                                  beside.empty() ? "" : "; not ours: " + joined(beside))});
  if (!added.empty()) {
    findings.push_back({"change", "table " + wanted.table, "adds columns without a rewrite: " + joined(added)});
  }
}

/// Policies, triggers and indexes of found tables. $1: their names | $2, $3: tables and columns that SalesFlow writes.
constexpr const char* beside_sql = R"sql(
WITH found AS (SELECT oid, oid::regclass AS name FROM pg_class WHERE oid = ANY (SELECT to_regclass(n) FROM unnest($1::text[]) AS n))
SELECT 'keep', format('policy %s of %s', quote_ident(p.polname), f.name), format('%s, for %s%s',
  CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
  (SELECT string_agg(CASE r WHEN 0 THEN 'everybody' ELSE r::regrole::text END, ', ') FROM unnest(p.polroles) AS r),
  CASE WHEN p.polpermissive AND 0 = ANY (p.polroles) THEN '; our RESTRICTIVE policy keeps salesflow_app behind its tenant all the same' ELSE '' END)
FROM found AS f JOIN pg_policy AS p ON p.polrelid = f.oid WHERE p.polname NOT LIKE 'salesflow\_%'
UNION ALL
SELECT CASE WHEN writes.something THEN 'change' ELSE 'keep' END, format('trigger %s of %s', quote_ident(g.tgname), f.name),
  'runs ' || g.tgfoid::regproc || CASE WHEN writes.something THEN ', which writes what SalesFlow counts itself: disabled until down' ELSE '' END
FROM found AS f JOIN pg_trigger AS g ON g.tgrelid = f.oid AND NOT g.tgisinternal JOIN pg_proc AS d ON d.oid = g.tgfoid
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS w (name, attribute)
  WHERE d.prosrc ~* ('\mupdate\s+(only\s+)?("?\w+"?\.)?"?' || w.name || '\M') AND d.prosrc ~* ('\m' || w.attribute || '\M')) AS something) AS writes
WHERE g.tgname !~ '^(zz_)?salesflow_'
UNION ALL
SELECT 'keep', format('index %I.%I', n.nspname, c.relname), pg_size_pretty(pg_relation_size(c.oid))
FROM found AS f JOIN pg_index AS i ON i.indrelid = f.oid JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE i.indisvalid ORDER BY 1, 2)sql";

/// Tables and columns whose found writers the files set aside, as two arrays.
std::pair<std::string, std::string> set_aside(const std::vector<Migration>& migrations) {
  constexpr std::string_view call = "CALL salesflow.set_aside_writers(";
  std::string tables, columns;
  for (const auto& migration : migrations) {
    for (const auto& statement : split_statements(migration.up_sql)) {
      if (statement.text.starts_with(call)) {
        const std::string table = constant_at(statement.text, call.size());
        const char* comma = tables.empty() ? "" : ",";
        tables += comma + table.substr(table.find('.') + 1);
        columns += comma + constant_at(statement.text, statement.text.find(',', call.size() + table.size()));
      }
    }
  }
  return {"{" + tables + "}", "{" + columns + "}"};
}

/// Views, materialized views and functions whose names stand in a CREATE of our files.
constexpr const char* names_sql = R"sql(
SELECT c.relname, CASE c.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || c.oid::regclass FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
UNION SELECT p.proname, 'function ' || p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))sql";

Result<void> find_names(Session& session, const std::vector<Migration>& migrations, const std::vector<Entry>& steps,
                        std::vector<Finding>& findings) {
  const auto names = session.run(names_sql);
  if (!names) {
    return to_error(names.error(), "looking for views and functions");
  }
  static const std::regex special(R"([.^$|()\[\]{}*+?\\])");
  for (int i = 0; i < names.rows(); ++i) {
    const std::string plain = "public." + names.cell(i, 0);
    const std::string name = std::regex_replace(plain, special, R"(\$&)");
    const std::regex made(R"((VIEW|FUNCTION|PROCEDURE)\s+(IF NOT EXISTS\s+)?)" + name + R"(\b|')" + name + R"(\b)");
    for (const auto& migration : migrations) {
      const bool runs = std::any_of(steps.begin(), steps.end(),
                                    [&](const Entry& entry) { return entry.version == migration.version; });
      // Hardly any name stands in a file, and looking for that is much quicker than the expression.
      if (runs && migration.up_sql.find(plain) != std::string::npos && std::regex_search(migration.up_sql, made)) {
        findings.push_back(
            {"change", names.cell(i, 1), "has a name that " + migration.name + " uses: " + migration.why});
        break;
      }
    }
  }
  return {};
}

/// A table that goes, or the columns of a found one that go.
struct Going {
  std::string table;
  std::vector<std::string> columns;  // empty: the whole table
};

/// count(…) of the rows, or of each column's values that are not just its default.
std::string count_list(Session& session, const Going& going) {
  if (going.columns.empty()) {
    return "count(*)";
  }
  std::string list;
  for (const auto& column : going.columns) {
    const auto value = session.run(
        "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d JOIN pg_attribute AS a ON (a.attrelid, a.attnum) "
        "= "
        "(d.adrelid, d.adnum) WHERE a.attrelid = to_regclass($1) AND quote_ident(a.attname) = $2",
        {going.table, column});
    list += (list.empty() ? "" : ", ") +
            (value && value.rows() > 0
                 ? fmt::format("count({0}) FILTER (WHERE {0} IS DISTINCT FROM ({1}))", column, value.value())
                 : "count(" + column + ")");
  }
  return list;
}

/// Exact within five seconds a table, else from statistics. Tables and columns with nothing to lose are left out.
Result<void> count_losses(Session& session, Going going, std::vector<Loss>& losses) {
  // What someone else has dropped meanwhile has nothing to lose.
  const bool whole_table = going.columns.empty();
  std::erase_if(going.columns, [&](const std::string& column) {
    return session
        .run(
            "SELECT NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND quote_ident(attname) = "
            "$2 AND NOT attisdropped)",
            {going.table, column})
        .truth();
  });
  if ((going.columns.empty() && !whole_table) || session.run("SELECT to_regclass($1) IS NULL", {going.table}).truth()) {
    return {};
  }
  const std::string list = count_list(session, going);
  session.run("SELECT set_config('statement_timeout', '5s', false)");
  auto counts = session.run("SELECT " + list + " FROM " + going.table);
  session.run("SELECT set_config('statement_timeout', '0', false)");
  const bool estimated = !counts && counts.error().is("57014");
  if (estimated) {
    counts =
        session.run("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)", {going.table});
  }
  if (!counts) {
    return to_error(counts.error(), "counting the rows of " + going.table);
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(1, going.columns.size()); ++i) {
    const auto rows = std::stoll("0" + counts.cell(0, estimated ? 0 : static_cast<int>(i)));
    const std::string object =
        going.columns.empty() ? "table " + going.table : "column " + going.table + "." + going.columns[i];
    if (rows > 0) {
      losses.push_back({object, rows, estimated});
    }
  }
  return {};
}

/// What the undo of one migration drops: recorded tables and columns, and tables that its file makes in our schema.
Result<std::vector<Going>> going_with(Session& session, const Migration& step, bool recorded) {
  static const std::regex create(R"(^CREATE\s+TABLE\s+(salesflow\.\w+))");
  std::vector<Going> all;
  const auto rows = recorded
                        ? session.run(
                              "SELECT CASE kind WHEN 'table' THEN object ELSE left(object, -strpos(reverse(object), "
                              "'.')) END AS name, array_to_string(array_agg(substr(object, length(object) - "
                              "strpos(reverse(object), '.') + 2) ORDER BY id) FILTER (WHERE kind = 'column'), e'\\n') "
                              "FROM salesflow.created_objects WHERE version = $1 AND kind IN ('table', 'column') "
                              "GROUP BY 1 ORDER BY min(id)",
                              {std::to_string(step.version)})
                        : Answer();
  if (!rows) {
    return to_error(rows.error(), "reading what was made");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    Going going{rows.cell(i, 0), {}};
    std::istringstream names(rows.cell(i, 1));
    for (std::string name; std::getline(names, name);) {
      going.columns.push_back(name);
    }
    all.push_back(std::move(going));
  }
  for (const auto& statement : split_statements(step.up_sql)) {
    std::smatch match;
    if (std::regex_search(statement.text, match, create) && match[1] != "salesflow.created_objects") {
      all.push_back({match[1], {}});
    }
  }
  return all;
}

/// What an ensure_rollup call declares.
struct Declaration {
  std::string name, source, tenants;  // "lead_counts", "public.leads", "{user_id}"
};
std::optional<Declaration> declaration_of(const Statement& statement) {
  constexpr std::string_view call = "CALL salesflow.ensure_rollup(";
  if (!statement.text.starts_with(call))
    return std::nullopt;
  Declaration declared;
  std::size_t at = call.size();
  for (std::string* part : {&declared.name, &declared.source, &declared.tenants}) {
    *part = constant_at(statement.text, at);
    at = statement.text.find(',', at) + 1;
  }
  return declared;
}

/// The tables of its own that a declaration makes; their columns are nobody else's.
void add_tables_of(const Declaration& declared, int version, std::vector<WantedTable>& tables) {
  for (const std::string tenant : {"user", "org"}) {
    if (declared.tenants.find(tenant + "_id") == std::string::npos)
      continue;
    for (const char* part : {"folded", "deltas"})
      tables.push_back({fmt::format("public.{}_{}_{}", tenant, declared.name, part), {}, version, true});
  }
}

void add_rollups(const std::vector<Migration>& migrations, const std::vector<Entry>& steps,
                 std::vector<Finding>& findings) {
  for (const auto& migration : migrations) {
    const bool runs =
        std::any_of(steps.begin(), steps.end(), [&](const Entry& step) { return step.version == migration.version; });
    for (const auto& statement : runs ? split_statements(migration.up_sql) : std::vector<Statement>{}) {
      if (const auto declared = declaration_of(statement))
        findings.push_back({"add", "roll-up " + declared->name,
                            fmt::format("figures of {}, kept by triggers on it", declared->source)});
    }
  }
}

}  // namespace

std::vector<WantedTable> wanted_tables(const std::vector<Migration>& migrations) {
  constexpr std::string_view calls[] = {"CALL salesflow.ensure_table(", "CALL salesflow.ensure_own_table("};
  std::vector<WantedTable> tables;
  for (const auto& migration : migrations) {
    for (const auto& statement : split_statements(migration.up_sql)) {
      if (const auto declared = declaration_of(statement))
        add_tables_of(*declared, migration.version, tables);
      const auto* call = std::find_if(std::begin(calls), std::end(calls),
                                      [&](std::string_view one) { return statement.text.starts_with(one); });
      if (call == std::end(calls)) {
        continue;
      }
      WantedTable wanted{constant_at(statement.text, call->size()), {}, migration.version, call != std::begin(calls)};
      const std::size_t columns = statement.text.find(',', call->size() + wanted.table.size());
      std::istringstream lines(columns == std::string::npos ? "" : constant_at(statement.text, columns));
      for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name, rest;
        if (words >> name && std::getline(words >> std::ws, rest)) {
          wanted.columns.emplace_back(name, type_of(rest));
        }
      }
      tables.push_back(std::move(wanted));
    }
  }
  return tables;
}

Result<void> find_adopted(Session& session, const std::vector<Migration>& migrations, const std::vector<Entry>& steps,
                          std::vector<Finding>& findings) {
  if (steps.empty()) {
    return {};
  }
  const bool recorded = session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth();
  std::string found_tables;
  for (const auto& wanted : wanted_tables(migrations)) {
    const bool runs =
        std::any_of(steps.begin(), steps.end(), [&](const Entry& entry) { return entry.version == wanted.version; });
    const auto columns = columns_of(session, wanted);
    if (columns.empty()) {
      if (runs && !wanted.columns.empty()) {
        findings.push_back({"add", "table " + wanted.table, fmt::format("{} columns", wanted.columns.size())});
      }
      continue;
    }
    if (was_found(session, wanted.table, recorded)) {
      found_tables += (found_tables.empty() ? "" : ",") + wanted.table;
      if (runs) {
        add_table(wanted, columns, findings);
      }
    }
  }
  add_rollups(migrations, steps, findings);
  const auto [tables_written, columns_written] = set_aside(migrations);
  const auto beside = session.run(beside_sql, {"{" + found_tables + "}", tables_written, columns_written});
  if (!beside) {
    return to_error(beside.error(), "looking at found tables");
  }
  for (int i = 0; i < beside.rows(); ++i) {
    const std::string object = beside.cell(i, 1);
    const bool index = object.starts_with("index ");
    if (index && recorded && session.run("SELECT salesflow.made('index', $1)", {object.substr(6)}).truth()) {
      continue;
    }
    findings.push_back({beside.cell(i, 0), beside.cell(i, 1), beside.cell(i, 2)});
  }
  if (auto people = find_people(session, steps, findings); !people)
    return people;
  return find_names(session, migrations, steps, findings);
}

Result<void> find_losses(Session& session, const std::vector<const Migration*>& steps, std::vector<Loss>& losses) {
  const bool recorded = session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth();
  for (const auto* step : steps) {
    const auto all = going_with(session, *step, recorded);
    if (!all) {
      return all.error();
    }
    for (const auto& going : *all) {
      if (auto counted = count_losses(session, going, losses); !counted) {
        return counted;
      }
    }
  }
  return {};
}

}  // namespace salesflow::migrations
