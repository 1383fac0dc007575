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

// Before the first `up`: what the server counts. Later: what it had counted then; an index made since counts as used.
constexpr const char* counted_now =
    "(SELECT coalesce(sum(o.idx_scan) FILTER (WHERE o.indexrelid = c.oid), 0) AS scans, coalesce(sum(o.idx_scan) "
    "FILTER "
    "(WHERE o.indexrelid <> c.oid), 0) AS other_scans FROM pg_stat_user_indexes AS o WHERE o.relid = t.oid) AS u";
constexpr const char* counted_then =
    "(SELECT f.scans, f.other_scans FROM salesflow.found_indexes AS f WHERE f.name = format('%I.%I', n.nspname, "
    "c.relname)) AS u";

// $1: the tables as an array of text.
constexpr const char* found_sql = R"sql(
SELECT format('%I.%I', n.nspname, c.relname), format('%I.%I', tn.nspname, t.relname),
  regexp_replace(pg_get_indexdef(c.oid), '^.*? USING ', ''), pg_get_indexdef(c.oid),
  coalesce(obj_description(c.oid, 'pg_class'), ''), coalesce(u.scans, 1), coalesce(u.other_scans, 0)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN LATERAL USE_OF_IT ON true
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

struct Reason {
  std::string answered_by, why;
};

/// Why a found index can go; an empty why when it stays.
Reason reason(const std::vector<OurIndex>& indexes, const std::string& table, const std::string& name,
              const IndexShape& found, const std::set<std::string>& filters, std::int64_t scans,
              std::int64_t other_scans) {
  Reason found_reason;
  auto& why = found_reason.why;
  for (const auto& index : indexes) {
    if (table != index.statement.schema + "." + index.statement.table || name == index.statement.qualified()) {
      continue;
    }
    const auto& keys = index.shape.keys;
    if (answers_for(index.shape, found, filters)) {
      // The one that it leads is the one that people look for.
      const bool leads =
          found.keys.size() <= keys.size() && std::equal(found.keys.begin(), found.keys.end(), keys.begin());
      if (why.empty() || leads) {
        found_reason = {index.statement.qualified(), index.statement.name + " answers for it"};
      }
      if (leads) {
        return found_reason;
      }
      continue;
    }
    const bool covered = std::all_of(found.keys.begin(), found.keys.end(), [&](const std::string& key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    });
    if (why.empty() && covered && found.method == "btree" && scans == 0 && other_scans >= scans_that_prove_reading) {
      found_reason = {index.statement.qualified(),
                      fmt::format("nothing ever used it, its table's other indexes {} times", other_scans)};
    }
  }
  return found_reason;
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

Answer found_rows(Session& session, const std::string& tables) {
  // Before the first migration there is no record yet, and nothing is ours.
  std::string sql = found_sql;
  const auto has = [&](const char* table) {
    return session.run("SELECT to_regclass($1) IS NOT NULL", {table}).truth();
  };
  const auto replace = [&](const char* word, const std::string& text) {
    for (auto at = sql.find(word); at != std::string::npos; at = sql.find(word, at + text.size())) {
      sql.replace(at, std::string_view(word).size(), text);
    }
  };
  replace("USE_OF_IT", has("salesflow.found_indexes") ? counted_then : counted_now);
  if (!has("salesflow.created_objects")) {
    replace("salesflow.created_objects", "(SELECT NULL::text AS kind, NULL::text AS object) AS none");
  }
  return session.run(sql, {tables});
}

}  // namespace

Result<std::vector<SupersededIndex>> find_superseded(Session& session, const std::vector<Migration>& migrations) {
  const auto ours = indexes_of(session, migrations);
  const auto rows = found_rows(session, quoted_array(ours));
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
    const auto why = reason(ours, table, name, parse_index_shape(rows.cell(i, 2)), filters[table],
                            std::stoll(rows.cell(i, 5)), std::stoll(rows.cell(i, 6)));
    if (!why.why.empty()) {
      superseded.push_back({name, table, rows.cell(i, 3), rows.cell(i, 4), why.answered_by, why.why});
    }
  }
  return superseded;
}

namespace {

// The row without a name says that the judgement is made.
constexpr const char* judged_name = "";

Result<void> record_judgement(Session& session, const std::vector<Migration>& applied) {
  const auto judged = find_superseded(session, applied);
  if (!judged) {
    return judged.error();
  }
  auto all = *judged;
  all.push_back({judged_name, "", {}, {}, {}, {}});
  for (const auto& index : all) {
    const auto noted = session.run(
        "INSERT INTO salesflow.found_indexes AS f (name, relation, scans, other_scans, answered_by, why) VALUES ($1, "
        "$2, 1, 0, nullif($3, ''), nullif($4, '')) ON CONFLICT (name) DO UPDATE SET answered_by = "
        "excluded.answered_by, why = excluded.why WHERE f.why IS NULL",
        {index.name, index.table, index.answered_by, index.why});
    if (!noted) {
      return to_error(noted.error(), "recording the judgement on index " + index.name);
    }
  }
  return {};
}

}  // namespace

Result<void> reopen_judgement(Session& session) {
  const auto gone = session.run("DELETE FROM salesflow.found_indexes WHERE name = $1", {judged_name});
  return gone ? Result<void>{} : to_error(gone.error(), "reopening the judgement on found indexes");
}

Result<std::vector<SupersededIndex>> judged_superseded(Session& session) {
  std::vector<SupersededIndex> superseded;
  if (!session.run("SELECT to_regclass('salesflow.found_indexes') IS NOT NULL").truth()) {
    return superseded;
  }
  const auto judged = session.run(
      "SELECT f.name, f.answered_by, f.why, f.relation FROM salesflow.found_indexes AS f JOIN pg_index AS i ON "
      "i.indexrelid = to_regclass(f.answered_by) AND i.indisvalid WHERE f.why IS NOT NULL");
  if (!judged) {
    return to_error(judged.error(), "reading the judgement on found indexes");
  }
  std::map<std::string, std::pair<std::string, std::string>> reasons;
  std::set<std::string> tables;
  for (int i = 0; i < judged.rows(); ++i) {
    reasons[judged.cell(i, 0)] = {judged.cell(i, 1), judged.cell(i, 2)};
    tables.insert(judged.cell(i, 3));
  }
  std::string array;
  for (const auto& table : tables) {
    array += (array.empty() ? "" : ",") + table;
  }
  const auto rows = found_rows(session, "{" + array + "}");
  if (!rows) {
    return to_error(rows.error(), "looking for superseded indexes");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    if (const auto reason = reasons.find(rows.cell(i, 0)); reason != reasons.end()) {
      superseded.push_back({rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 3), rows.cell(i, 4), reason->second.first,
                            reason->second.second});
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
  if (applied.empty() || applied.back().phase < Phase::phase1) {
    return std::vector<SupersededIndex>{};
  }
  const auto open =
      session.run("SELECT NOT EXISTS (SELECT FROM salesflow.found_indexes WHERE name = $1)", {judged_name});
  if (!open) {
    return to_error(open.error(), "reading the judgement on found indexes");
  }
  if (open.truth()) {
    if (auto judged = record_judgement(session, applied); !judged) {
      return judged.error();
    }
  }
  return options.keep_superseded ? std::vector<SupersededIndex>{} : judged_superseded(session);
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

Result<void> restore_superseded(const Work& work) {
  auto& session = work.session;
  const auto names =
      session.run("SELECT object FROM salesflow.created_objects WHERE kind = 'superseded_index' ORDER BY id");
  if (!names) {
    return to_error(names.error(), "reading which found indexes come back");
  }
  for (int i = 0; i < names.rows(); ++i) {
    const std::string name = names.cell(i, 0);
    const auto kept = session.run(
        "SELECT (SELECT undo FROM salesflow.created_objects WHERE kind = 'superseded_index' AND object = $1), "
        "(SELECT undo FROM salesflow.created_objects WHERE kind = 'superseded_comment' AND object = $1)",
        {name});
    if (!kept) {
      return to_error(kept.error(), "looking up index " + name);
    }
    work.tell(Progress::Kind::note, "builds the found index " + name + " again");
    if (auto built = build_found(work, name, kept.cell(0, 0)); !built) {
      return built;
    }
    Answer noted =
        kept.is_null(0, 1) ? Answer() : session.run("COMMENT ON INDEX " + name + " IS " + literal(kept.cell(0, 1)));
    if (noted) {
      noted =
          session.run("DELETE FROM salesflow.created_objects WHERE kind LIKE 'superseded\\_%' AND object = $1", {name});
    }
    if (!noted) {
      return to_error(noted.error(), "restoring index " + name);
    }
  }
  return {};
}

}  // namespace salesflow::migrations
