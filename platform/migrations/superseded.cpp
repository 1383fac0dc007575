#include "platform/migrations/superseded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "platform/migrations/index_build.hpp"
#include "platform/migrations/index_shape.hpp"
#include "platform/migrations/selection.hpp"
#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

// An index that nobody used counts as a leftover only where the table's others show that somebody reads.
constexpr std::int64_t scans_that_prove_reading = 1'000;

// $1: the tables as an array of text.
constexpr const char* found_sql = R"sql(
SELECT format('%I.%I', n.nspname, c.relname), format('%I.%I', tn.nspname, t.relname),
  regexp_replace(pg_get_indexdef(c.oid), '^.*? USING ', ''), pg_get_indexdef(c.oid),
  coalesce(obj_description(c.oid, 'pg_class'), ''), coalesce(s.idx_scan, 0),
  (SELECT coalesce(sum(o.idx_scan), 0) FROM pg_stat_user_indexes AS o WHERE o.relid = t.oid AND o.indexrelid <> c.oid)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = c.oid
WHERE t.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
  AND NOT i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion AND NOT i.indisreplident
  AND NOT i.indisclustered AND NOT c.relispartition AND c.relkind = 'i' AND c.reltablespace = 0
  AND pg_has_role(c.relowner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
  AND NOT EXISTS (SELECT FROM salesflow.created_objects WHERE kind = 'index'
                  AND object IN (n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname)))
  AND (i.indisvalid OR EXISTS (SELECT FROM salesflow.created_objects WHERE kind = 'superseded_index'
                               AND object = format('%I.%I', n.nspname, c.relname)))
ORDER BY 1)sql";

// Columns with few values that no one sorts by.
constexpr const char* filter_columns_sql = R"sql(
SELECT a.attname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_stats AS s ON s.schemaname || '.' || s.tablename = $1 AND s.attname = a.attname
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND (t.typcategory IN ('S', 'B') OR t.typtype = 'e') AND coalesce(s.n_distinct BETWEEN 0 AND 100, true))sql";

struct OurIndex {
  IndexStatement statement;
  IndexShape shape;
};

std::vector<OurIndex> indexes_of(Session& session, const std::vector<Migration>& migrations) {
  std::vector<OurIndex> indexes;
  for (const auto& migration : migrations) {
    if (migration.transactional) {
      continue;
    }
    for (const auto& statement : split_statements(migration.up_sql)) {
      if (auto index = parse_create_index(statement.text)) {
        index = as_served(session, *index);
        auto shape = parse_index_shape(index->rest);
        indexes.push_back({std::move(*index), std::move(shape)});
      }
    }
  }
  return indexes;
}

std::string quoted_array(const std::vector<OurIndex>& indexes) {
  std::set<std::string> tables;
  std::string text;
  for (const auto& index : indexes) {
    const std::string table = index.statement.schema + "." + index.statement.table;
    if (tables.insert(table).second) {
      text += (text.empty() ? "" : ",") + table;
    }
  }
  return "{" + text + "}";
}

/// Why a found index can go; "" when it stays.
std::string reason(const std::vector<OurIndex>& indexes, const std::string& table, const std::string& name,
                   const IndexShape& found, const std::set<std::string>& filters, std::int64_t scans,
                   std::int64_t other_scans) {
  std::string why;
  for (const auto& index : indexes) {
    if (table != index.statement.schema + "." + index.statement.table || name == index.statement.qualified()) {
      continue;
    }
    const auto& keys = index.shape.keys;
    if (answers_for(index.shape, found, filters)) {
      // The one that it leads is the one that people look for.
      const bool leads =
          found.keys.size() <= keys.size() && std::equal(found.keys.begin(), found.keys.end(), keys.begin());
      why = why.empty() || leads ? index.statement.name + " answers for it" : why;
      if (leads) {
        return why;
      }
      continue;
    }
    const bool covered = std::all_of(found.keys.begin(), found.keys.end(), [&](const std::string& key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    });
    if (why.empty() && covered && found.method == "btree" && scans == 0 && other_scans >= scans_that_prove_reading) {
      why = fmt::format("nothing ever used it, its table's other indexes {} times", other_scans);
    }
  }
  return why;
}

std::set<std::string> filter_columns(Session& session, const std::string& table) {
  std::set<std::string> columns;
  const auto rows = session.run(filter_columns_sql, {table});
  for (int i = 0; rows && i < rows.rows(); ++i) {
    columns.insert(rows.cell(i, 0));
  }
  return columns;
}

std::string concurrently(const std::string& ddl) {
  return std::regex_replace(ddl, std::regex("^(CREATE (?:UNIQUE )?INDEX) "), "$1 CONCURRENTLY ");
}

/// A string constant; nothing in it ends the quotes.
std::string literal(const std::string& text) {
  return "'" + std::regex_replace(text, std::regex("'"), "''") + "'";
}

Result<void> note(Session& session, const SupersededIndex& index) {
  session.run("SELECT set_config('salesflow.version', '0', false)");
  for (const auto& [kind, undo] :
       {std::pair{"superseded_index", concurrently(index.ddl)}, std::pair{"superseded_comment", index.comment}}) {
    if (undo.empty() || session.run("SELECT salesflow.made($1, $2)", {kind, index.name}).truth()) {
      continue;
    }
    if (const auto noted = session.run("CALL salesflow.record($1, $2, $3)", {kind, index.name, undo}); !noted) {
      return to_error(noted.error(), "recording index " + index.name);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<SupersededIndex>> find_superseded(Session& session, const std::vector<Migration>& migrations,
                                                     Ours which) {
  auto ours = indexes_of(session, migrations);
  if (which == Ours::standing) {
    std::erase_if(ours, [&](const OurIndex& index) {
      return !session
                  .run("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)",
                       {index.statement.qualified()})
                  .truth();
    });
  }
  // Before the first migration there is no record yet, and nothing is ours.
  const bool recorded = session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth();
  const std::string sql = recorded
                              ? found_sql
                              : std::regex_replace(std::string(found_sql), std::regex("salesflow\\.created_objects"),
                                                   "(SELECT NULL::text AS kind, NULL::text AS object) AS none");
  const auto rows = session.run(sql, {quoted_array(ours)});
  if (!rows) {
    return to_error(rows.error(), "looking for superseded indexes");
  }
  std::vector<SupersededIndex> superseded;
  std::map<std::string, std::set<std::string>> filters;
  for (int i = 0; i < rows.rows(); ++i) {
    const std::string name = rows.cell(i, 0), table = rows.cell(i, 1);
    if (!filters.contains(table)) {
      filters[table] = filter_columns(session, table);
    }
    const std::string why = reason(ours, table, name, parse_index_shape(rows.cell(i, 2)), filters[table],
                                   std::stoll(rows.cell(i, 5)), std::stoll(rows.cell(i, 6)));
    if (!why.empty()) {
      superseded.push_back({name, table, rows.cell(i, 3), rows.cell(i, 4), why});
    }
  }
  return superseded;
}

Result<std::vector<SupersededIndex>> superseded_now(Session& session, const Options& options,
                                                    const std::vector<Migration>& migrations, const Ledger& ledger) {
  std::vector<Migration> applied;
  for (const auto& migration : migrations) {
    const std::string state = state_of(migration, ledger);
    if (state != "applied" && migration.phase <= Phase::phase1) {
      return std::vector<SupersededIndex>{};
    }
    if (state == "applied") {
      applied.push_back(migration);
    }
  }
  const bool wanted = !options.keep_superseded && !applied.empty() && applied.back().phase >= Phase::phase1;
  return wanted ? find_superseded(session, applied, Ours::standing) : std::vector<SupersededIndex>{};
}

Result<std::vector<std::string>> drop_superseded(const Work& work, const std::vector<SupersededIndex>& indexes) {
  std::vector<std::string> dropped;
  for (const auto& index : indexes) {
    if (auto noted = note(work.session, index); !noted) {
      return noted.error();
    }
    work.tell(Progress::Kind::note, fmt::format("drops the index {} of {}: {}", index.name, index.table, index.why));
    const auto gone = run_concurrently(work, "DROP INDEX CONCURRENTLY IF EXISTS " + index.name);
    if (!gone) {
      return to_error(gone.error(), "dropping the superseded index " + index.name);
    }
    dropped.push_back(index.name);
  }
  return dropped;
}

std::vector<std::string> recorded_superseded(Session& session) {
  std::vector<std::string> names;
  if (session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth()) {
    const auto rows =
        session.run("SELECT object FROM salesflow.created_objects WHERE kind = 'superseded_index' ORDER BY id");
    for (int i = 0; rows && i < rows.rows(); ++i) {
      names.push_back(rows.cell(i, 0));
    }
  }
  return names;
}

Result<void> restore_superseded(const Work& work) {
  auto& session = work.session;
  for (const auto& name : recorded_superseded(session)) {
    const auto kept = session.run(
        "SELECT (SELECT undo FROM salesflow.created_objects WHERE kind = 'superseded_index' AND object = $1), "
        "(SELECT undo FROM salesflow.created_objects WHERE kind = 'superseded_comment' AND object = $1), "
        "(SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1))",
        {name});
    if (!kept) {
      return to_error(kept.error(), "looking up index " + name);
    }
    work.tell(Progress::Kind::note, "builds the found index " + name + " again");
    Answer built;
    if (!kept.is_null(0, 2) && kept.cell(0, 2) == "f") {
      built = run_concurrently(work, "DROP INDEX CONCURRENTLY IF EXISTS " + name);
    }
    if (built && (kept.is_null(0, 2) || kept.cell(0, 2) == "f")) {
      built = run_concurrently(work, kept.cell(0, 0));
    }
    if (built && !kept.is_null(0, 1)) {
      built = session.run("COMMENT ON INDEX " + name + " IS " + literal(kept.cell(0, 1)));
    }
    if (built) {
      built =
          session.run("DELETE FROM salesflow.created_objects WHERE kind LIKE 'superseded\\_%' AND object = $1", {name});
    }
    if (!built) {
      return to_error(built.error(), "restoring index " + name);
    }
  }
  return {};
}

}  // namespace salesflow::migrations
