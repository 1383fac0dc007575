#include "platform/migrations/restored_indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>

namespace salesflow::migrations {
namespace {

constexpr int rows_named = 10;
constexpr const char* check_time = "300s";
// Below this no access method refuses a row: a B-tree takes 2,704 bytes, the others more.
constexpr int bytes_that_may_be_refused = 2'000;

/// CREATE [UNIQUE] INDEX CONCURRENTLY name ON table rest
struct Ddl {
  bool unique = false, nulls_not_distinct = false;
  std::string table, rest;
};

std::optional<Ddl> parse_ddl(const std::string& text) {
  static const std::regex form(
      R"re(^CREATE (UNIQUE )?INDEX CONCURRENTLY (?:"(?:[^"]|"")+"|[^" ]+) ON (?:ONLY )?((?:"(?:[^"]|"")+"|[^" .]+)\.(?:"(?:[^"]|"")+"|[^" ]+)) (USING [\s\S]*)$)re");
  std::smatch match;
  if (!std::regex_match(text, match, form)) {
    return std::nullopt;
  }
  Ddl ddl{match[1].matched, false, match[2], match[3]};
  if (const auto at = ddl.rest.find(" NULLS NOT DISTINCT"); ddl.unique && at != std::string::npos) {
    ddl.nulls_not_distinct = true;
    ddl.rest.erase(at, std::string(" NULLS NOT DISTINCT").size());
  }
  return ddl;
}

// How long a row's values are (NULL: no column of variable length), whether anything is computed, the keys, that no key
// is NULL, and the predicate.
constexpr const char* shape_sql = R"sql(
SELECT (SELECT string_agg(DISTINCT CASE WHEN i.indexprs IS NULL THEN format('coalesce(pg_column_size(t.%1$I), 0)', a.attname)
                            ELSE format('coalesce(octet_length(t.%1$I::text), 0)', a.attname) END, ' + ')
        FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0
          AND a.attlen = -1),
  i.indexprs IS NOT NULL OR i.indpred IS NOT NULL, k.keys, k.present, coalesce(pg_get_expr(i.indpred, i.indrelid), 'true')
FROM pg_index AS i CROSS JOIN LATERAL (
  SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n) AS keys,
    string_agg(format('(%s) IS NOT NULL', pg_get_indexdef(i.indexrelid, n, true)), ' AND ') AS present
  FROM generate_series(1, i.indnkeyatts) AS n) AS k
WHERE i.indexrelid = 'pg_temp.salesflow_probe_index'::regclass)sql";

// $1: what names a row, $2: the table, $3: which rows to try. Each is tried by itself, so that all are found.
constexpr const char* try_rows_sql = R"sql(
DO $try$
DECLARE
  candidate record;
BEGIN
  CREATE TEMPORARY TABLE salesflow_refused (name text, reason text) ON COMMIT DROP;
  FOR candidate IN SELECT {0} AS name, t.ctid AS place FROM {1} AS t WHERE {2} LOOP
    BEGIN
      INSERT INTO pg_temp.salesflow_probe SELECT * FROM {1} AS t WHERE t.ctid = candidate.place;
    EXCEPTION WHEN OTHERS THEN
      IF SQLSTATE IN ('57014', '40001', '40P01') THEN
        RAISE;
      END IF;
      INSERT INTO pg_temp.salesflow_refused VALUES (candidate.name, SQLERRM);
    END;
  END LOOP;
END $try$)sql";

/// format('id %s', t.id), by the primary key, else by place.
std::string row_name(Session& session, const std::string& table) {
  const auto name = session.run(
      "SELECT format('concat_ws('', '', %s)', string_agg(format('%L || t.%I', a.attname || ' ', a.attname), ', ' "
      "ORDER BY k.place)) FROM pg_index AS i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) "
      "JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE i.indrelid = to_regclass($1) "
      "AND i.indisprimary GROUP BY i.indexrelid",
      {table});
  return name && name.rows() > 0 ? name.value() : "'row at ' || t.ctid";
}

void take_rows(const Answer& answer, UnbuildableIndex& refused) {
  for (int i = 0; i < answer.rows(); ++i) {
    refused.rows.push_back(answer.cell(i, 0));
  }
}

/// Fills `refused.why` where the index cannot be built. Runs inside a transaction that is rolled back.
Answer try_index(Session& session, const RestorableIndex& index, const Ddl& ddl, UnbuildableIndex& refused) {
  Answer answer = session.run(
      fmt::format("SET LOCAL statement_timeout = '{}'; SET LOCAL client_min_messages = error; CREATE TEMPORARY TABLE "
                  "salesflow_probe (LIKE {} INCLUDING STORAGE INCLUDING COMPRESSION) ON COMMIT DROP; SAVEPOINT probe",
                  check_time, ddl.table));
  if (!answer) {
    return answer;
  }
  const auto made = session.run("CREATE INDEX salesflow_probe_index ON pg_temp.salesflow_probe " + ddl.rest);
  if (!made) {
    refused.why = made.error().message;
    return session.run("ROLLBACK TO probe");
  }
  const auto shape = session.run(shape_sql);
  if (!shape || shape.rows() == 0) {
    return shape;
  }
  const std::string key = row_name(session, ddl.table);
  const bool computed = shape.cell(0, 1) == "t", sized = !shape.is_null(0, 0);
  if (computed || sized) {
    // Whether an expression fails is known only row by row; lengths can be asked for.
    std::string which = sized ? fmt::format("{} > {}", shape.cell(0, 0), bytes_that_may_be_refused) : "false";
    if (computed) {
      // count(s) and not count(*): what nobody asks for is not computed.
      session.run("SAVEPOINT computed");
      const auto evaluated =
          session.run(fmt::format("SELECT count(s) FROM (SELECT {} FROM {} AS t WHERE {} OFFSET 0) AS s",
                                  shape.cell(0, 2), ddl.table, shape.cell(0, 4)));
      if (!evaluated) {
        session.run("ROLLBACK TO computed");
        which = "true";
      }
    }
    answer = session.run(fmt::format(fmt::runtime(try_rows_sql), key, ddl.table, which));
    if (!answer) {
      return answer;
    }
    answer = session.run(fmt::format(
        "SELECT name, reason, count(*) OVER () FROM pg_temp.salesflow_refused ORDER BY 1 LIMIT {}", rows_named));
    if (!answer) {
      return answer;
    }
    if (answer.rows() > 0) {
      refused.why = std::regex_replace(answer.cell(0, 1), std::regex("salesflow_probe_index"), index.name);
      refused.count = std::stoll(answer.cell(0, 2));
      take_rows(answer, refused);
      return answer;
    }
  }
  if (ddl.unique) {
    answer = session.run(fmt::format(
        "SELECT array_to_string((array_agg(s.name ORDER BY s.name))[1:3], ' and '), sum(count(*)) OVER () FROM (SELECT "
        "{} "
        "AS name, ROW({}) AS keys FROM {} AS t WHERE ({}){}) AS s GROUP BY s.keys HAVING count(*) > 1 LIMIT {}",
        key, shape.cell(0, 2), ddl.table, shape.cell(0, 4), ddl.nulls_not_distinct ? "" : " AND " + shape.cell(0, 3),
        rows_named));
    if (answer && answer.rows() > 0) {
      refused.why = "it is unique, and rows are equal in " + shape.cell(0, 2);
      refused.count = std::stoll(answer.cell(0, 1));
      take_rows(answer, refused);
    }
  }
  return answer;
}

std::string plain_name(const std::string& name) {
  return name.substr(name.find('.') + 1);
}

bool named(const std::vector<std::string>& names, const std::string& index) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name == index || name == plain_name(index); });
}

/// "index public.x of public.t: why; 3 rows: id …, id …"
std::string sentence(const UnbuildableIndex& index) {
  std::string text = fmt::format("{} of {}: {}", index.name, index.table, index.why);
  for (std::size_t i = 0; i < index.rows.size(); ++i) {
    text += (i == 0 ? fmt::format("; {} rows of {}: ", index.count, index.table) : ", ") + index.rows[i];
  }
  return text + (index.count > static_cast<std::int64_t>(index.rows.size()) && !index.rows.empty() ? " …" : "");
}

}  // namespace

Result<std::vector<RestorableIndex>> restorable_indexes(Session& session, const std::vector<const Migration*>& steps) {
  std::vector<RestorableIndex> indexes;
  if (!session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth()) {
    return indexes;
  }
  std::string versions;
  bool phase1 = false;
  for (const auto* step : steps) {
    versions += (versions.empty() ? "" : ",") + std::to_string(step->version);
    phase1 = phase1 || step->phase <= Phase::phase1;
  }
  const auto rows = session.run(
      "SELECT object, undo FROM salesflow.created_objects WHERE (kind = 'superseded_index' AND $1::boolean) "
      "OR (kind = 'replaced_index' AND version = ANY ($2::integer[])) ORDER BY kind DESC, id",
      {phase1 ? "true" : "false", "{" + versions + "}"});
  if (!rows) {
    return to_error(rows.error(), "reading which found indexes come back");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    indexes.push_back({rows.cell(i, 0), rows.cell(i, 1)});
  }
  return indexes;
}

Result<std::vector<UnbuildableIndex>> find_unbuildable(Session& session, const std::vector<RestorableIndex>& indexes) {
  std::vector<UnbuildableIndex> refused;
  for (const auto& index : indexes) {
    const auto ddl = parse_ddl(index.ddl);
    if (!ddl) {
      return fail(Errc::internal, "the record of index " + index.name + " cannot be read: " + index.ddl);
    }
    UnbuildableIndex found{index.name, ddl->table, index.ddl, {}, {}, 0, false};
    if (session.run("SELECT to_regclass($1) IS NULL", {ddl->table}).truth()) {
      found.why = "its table is gone";
      found.table_gone = true;
    } else if (!session
                    .run("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1) AND "
                         "pg_get_indexdef(indexrelid) = $2",
                         {index.name, std::regex_replace(index.ddl, std::regex("INDEX CONCURRENTLY "), "INDEX ",
                                                         std::regex_constants::format_first_only)})
                    .truth()) {
      session.run("BEGIN");
      const auto tried = try_index(session, index, *ddl, found);
      session.run("ROLLBACK");
      if (!tried) {
        return to_error(tried.error(), "trying whether index " + index.name + " can be built again");
      }
    }
    if (!found.why.empty()) {
      refused.push_back(std::move(found));
    }
  }
  return refused;
}

Result<std::vector<UnbuildableIndex>> choose_left_off(Session& session, const Options& options,
                                                      const std::vector<const Migration*>& steps) {
  auto indexes = restorable_indexes(session, steps);
  if (!indexes) {
    return indexes.error();
  }
  std::vector<UnbuildableIndex> chosen;
  for (const auto& name : options.leave_off) {
    const auto index =
        std::find_if(indexes->begin(), indexes->end(), [&](const RestorableIndex& i) { return named({name}, i.name); });
    if (index == indexes->end()) {
      return fail(Errc::invalid_argument,
                  fmt::format("down would not build an index {}, so it cannot be left off; nothing was changed", name),
                  "leave_off");
    }
    const auto ddl = parse_ddl(index->ddl);
    chosen.push_back({index->name, ddl ? ddl->table : "", index->ddl, "left off as told", {}, 0, false});
    indexes->erase(index);
  }
  auto refused = find_unbuildable(session, *indexes);
  if (!refused) {
    return refused.error();
  }
  std::string sentences, flags;
  for (auto& index : *refused) {
    if (options.leave_off_unbuildable || index.table_gone) {
      chosen.push_back(std::move(index));
    } else {
      sentences += (sentences.empty() ? "" : ". ") + sentence(index);
      flags += " --leave-off " + index.name;
    }
  }
  if (!sentences.empty()) {
    return fail(Errc::conflict,
                fmt::format("found indexes cannot be built again. {}. Change these rows, or leave the indexes off:{} "
                            "(or --leave-off-unbuildable). Nothing was changed",
                            sentences, flags));
  }
  return chosen;
}

Result<void> leave_off(const Work& work, const std::vector<UnbuildableIndex>& indexes) {
  for (const auto& index : indexes) {
    const auto noted = work.session.run(
        "WITH gone AS (DELETE FROM salesflow.created_objects WHERE object = $1 AND kind IN ('superseded_index', "
        "'superseded_comment', 'replaced_index') RETURNING 1) INSERT INTO salesflow.created_objects (version, kind, "
        "object, undo) SELECT 0, 'left_off_index', $1, $2 WHERE EXISTS (SELECT FROM gone)",
        {index.name, index.ddl});
    if (!noted) {
      return to_error(noted.error(), "recording that index " + index.name + " stays off");
    }
    work.tell(Progress::Kind::note, fmt::format("leaves the found index {} off ({}). To build it later: {};",
                                                index.name, index.why, index.ddl));
  }
  return {};
}

std::vector<std::string> left_off_indexes(Session& session) {
  std::vector<std::string> ddl;
  if (session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth()) {
    const auto rows =
        session.run("SELECT undo FROM salesflow.created_objects WHERE kind = 'left_off_index' ORDER BY id");
    for (int i = 0; rows && i < rows.rows(); ++i) {
      ddl.push_back(rows.cell(i, 0));
    }
  }
  return ddl;
}

}  // namespace salesflow::migrations
