#include "platform/migrations/stops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "platform/migrations/adoption.hpp"
#include "platform/migrations/index_build.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

/// Of $1, names of ours: what stood there before SalesFlow came.
constexpr const char* found_sql = R"sql(
SELECT c.oid::regclass::text, c.relkind, c.relname FROM unnest($1::text[]) AS n JOIN pg_class AS c ON c.oid = to_regclass(n)
WHERE c.relkind IN ('r', 'p') ORDER BY 1)sql";

/// CHECK constraints that hold for new rows only.
constexpr const char* unchecked_sql = R"sql(
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_expr(conbin, conrelid) FROM pg_constraint
WHERE contype = 'c' AND NOT convalidated AND conrelid = ANY ($1::text[]::regclass[]) ORDER BY 1, 2)sql";

/// Triggers of UPDATE that can refuse a row or leave it out, by table, with a column that may be set to itself.
constexpr const char* refusing_sql = R"sql(
SELECT t.tgrelid::regclass::text, string_agg(DISTINCT quote_ident(t.tgname), ', '),
  (SELECT quote_ident(a.attname) FROM pg_attribute AS a WHERE a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = '' AND a.attidentity <> 'a' ORDER BY a.attname <> 'id', a.attnum LIMIT 1),
  bool_or(p.prosrc ~* '\m(dblink|http|net)\w*\s*[.(]')
FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 16 <> 0 AND t.tgrelid = ANY ($1::text[]::regclass[])
  AND t.tgname !~ '^(zz_)?salesflow_'
  AND (p.prosrc ~* '\mraise\M(?!\s+(notice|warning|info|log|debug)\M)' OR (t.tgtype & 2 <> 0 AND p.prosrc ~* '\mreturn\s+null\M'))
GROUP BY t.tgrelid)sql";

/// Found tables whose rows have no name of their own: no unique index over id alone.
constexpr const char* without_key_sql = R"sql(
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped
WHERE c.oid = ANY ($1::text[]::regclass[])
  AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                  AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) ORDER BY 1)sql";

/// Found tables of which a publication takes updates that nothing identifies: PostgreSQL refuses the updates.
constexpr const char* unidentified_sql = R"sql(
SELECT c.oid::regclass::text, string_agg(quote_ident(p.pubname), ', ') FROM pg_class AS c
JOIN pg_publication_tables AS t ON to_regclass(format('%I.%I', t.schemaname, t.tablename)) = c.oid
JOIN pg_publication AS p ON p.pubname = t.pubname AND (p.pubupdate OR p.pubdelete)
WHERE c.oid = ANY ($1::text[]::regclass[])
  AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)))
GROUP BY c.oid ORDER BY 1)sql";

/// Key columns of other types than ours, and texts that are enums. $1, $2, $3: tables, columns, types of ours.
constexpr const char* types_sql = R"sql(
SELECT a.attrelid::regclass::text, quote_ident(a.attname), format_type(a.atttypid, NULL), w.type
FROM unnest($1::text[], $2::text[], $3::text[]) AS w (relation, name, type)
JOIN pg_attribute AS a ON a.attrelid = to_regclass(w.relation) AND a.attname = w.name AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE (w.type = 'uuid' AND a.atttypid <> 'uuid'::regtype) OR (w.type = 'text' AND t.typtype = 'e') ORDER BY 1, 2)sql";

/// Longer than this, and no compression to count on: a B-tree takes 2,704 bytes of all an entry's columns together.
constexpr const char* fits_sql = R"sql(
CREATE TEMPORARY TABLE sf_long_texts (value text, others text) ON COMMIT DROP;
CREATE INDEX ON pg_temp.sf_long_texts (value, others);
CREATE FUNCTION pg_temp.sf_fits(p_value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pg_temp.sf_long_texts
  SELECT p_value, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 6) AS i);
  RETURN true;
EXCEPTION WHEN program_limit_exceeded THEN
  RETURN false;
END $$)sql";

std::string array_of(const std::vector<std::string>& words) {
  std::string array;
  for (const auto& word : words) {
    array += array.empty() ? "\"" : ",\"";
    for (const char c : word)
      array += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    array += '"';
  }
  return "{" + array + "}";
}

class Search {
 public:
  Search(Session& session, const std::vector<Migration>& migrations, const std::vector<Backfill>& backfills)
      : session_(session), migrations_(migrations), backfills_(backfills) {}

  Result<Stops> run() {
    if (auto found = find_tables(); !found)
      return found.error();
    if (session_.run("SELECT pg_is_in_recovery()").truth())
      return std::move(out_);
    for (const auto look : {&Search::names, &Search::partitions, &Search::keys, &Search::members, &Search::addresses,
                            &Search::checks, &Search::triggers, &Search::publications, &Search::long_texts}) {
      if (auto done = (this->*look)(); !done)
        return done.error();
    }
    if (const std::string refused = refused_drops(session_); !refused.empty())
      out_.stops.push_back(refused);
    return std::move(out_);
  }

 private:
  Answer ask(const char* sql) { return session_.run(sql, {array_of(tables_)}); }
  /// A number that a scan finds; nullopt when it takes longer than 10 s or may not be read.
  std::optional<std::int64_t> count(const std::string& sql) {
    session_.run("SET statement_timeout = '10s'; SET lock_timeout = '500ms'");
    const auto answer = session_.run(sql);
    session_.run("SET statement_timeout = 0; SET lock_timeout = 0");
    return answer ? std::optional<std::int64_t>(std::stoll("0" + answer.value())) : std::nullopt;
  }
  void keep(const std::string& object, std::string text) { out_.findings.push_back({"keep", object, std::move(text)}); }

  Result<void> find_tables() {
    std::set<std::string> wanted;
    for (const auto& table : wanted_tables(migrations_))
      wanted.insert(table.table);
    const bool recorded = session_.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth();
    const auto rows = session_.run(found_sql, {array_of({wanted.begin(), wanted.end()})});
    if (!rows)
      return to_error(rows.error(), "looking for found tables");
    for (int i = 0; i < rows.rows(); ++i) {
      const std::string name = "public." + rows.cell(i, 2);
      if (recorded && session_.run("SELECT salesflow.made('table', $1)", {name}).truth())
        continue;
      tables_.push_back(name);
      if (rows.cell(i, 1) == "p")
        partitioned_.push_back(name);
    }
    return {};
  }

  /// Functions that files create in public, and schemas of ours.
  Result<void> names() {
    if (session_.run("SELECT to_regclass('salesflow.schema_migrations') IS NOT NULL").truth())
      return {};
    static const std::regex created(R"(CREATE FUNCTION public\.(\w+)\()");
    std::vector<std::string> functions;
    for (const auto& migration : migrations_) {
      for (auto at = std::sregex_iterator(migration.up_sql.begin(), migration.up_sql.end(), created);
           at != std::sregex_iterator(); ++at)
        functions.push_back((*at)[1]);
    }
    const auto rows = session_.run(
        "SELECT p.oid::regprocedure::text, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE "
        "'FUNCTION' END FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY "
        "($1::text[]) ORDER BY 1",
        {array_of(functions)});
    if (!rows)
      return to_error(rows.error(), "looking for functions under names of ours");
    for (int i = 0; i < rows.rows(); ++i) {
      out_.stops.push_back(fmt::format(
          "the function public.{0} has a name that SalesFlow needs. Rename it where nothing of yours calls it: ALTER "
          "{1} public.{0} RENAME TO …",
          rows.cell(i, 0), rows.cell(i, 1)));
    }
    const auto schema = session_.run(
        "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid) + (SELECT count(*) FROM pg_proc WHERE "
        "pronamespace = n.oid) + (SELECT count(*) FROM pg_type WHERE typnamespace = n.oid AND typrelid = 0), "
        "pg_has_role(n.nspowner, 'USAGE'), n.nspowner::regrole::text FROM pg_namespace AS n WHERE n.nspname = "
        "'salesflow_app'");
    if (schema && schema.rows() > 0 && (schema.cell(0, 0) != "0" || schema.cell(0, 1) != "t")) {
      out_.stops.push_back(
          fmt::format("a schema salesflow_app exists already: it belongs to {} and holds {} objects of someone else. "
                      "SalesFlow makes a schema of that name. Rename yours: ALTER SCHEMA salesflow_app RENAME TO …, or "
                      "drop it",
                      schema.cell(0, 2), schema.cell(0, 0)));
    }
    return {};
  }

  Result<void> partitions() {
    if (session_.run("SELECT to_regclass('salesflow.partitioned_tables') IS NOT NULL").truth())
      return {};
    for (const auto& table : partitioned_) {
      out_.stops.push_back(fmt::format(
          "{0} is partitioned already, and up takes over plain tables only: it sets storage and builds indexes that a "
          "partitioned parent cannot have. Make it plain first (CREATE TABLE {0}_plain (LIKE {0} INCLUDING ALL); "
          "INSERT "
          "INTO {0}_plain SELECT * FROM {0}; then rename); salesflow partition parts message_events again afterwards",
          table));
    }
    return {};
  }

  Result<void> keys() {
    const auto rows = ask(without_key_sql);
    if (!rows)
      return to_error(rows.error(), "looking for primary keys");
    for (int i = 0; i < rows.rows(); ++i) {
      const std::string table = rows.cell(i, 0);
      const auto twice = count(fmt::format(
          "SELECT count(*) FROM (SELECT FROM {} GROUP BY id HAVING count(*) > 1 OR id IS NULL) AS g", table));
      if (!twice || *twice == 0) {
        keep("table " + table,
             "has no primary key over id; wanted before up: ALTER TABLE " + table + " ADD PRIMARY KEY (id)");
        continue;
      }
      out_.stops.push_back(
          fmt::format("{0} has no primary key over id, and {1} ids stand in several rows or are NULL: SELECT id FROM "
                      "{0} GROUP BY id "
                      "HAVING count(*) > 1 OR id IS NULL. Give each row an id of its own, then: ALTER TABLE {0} ADD "
                      "PRIMARY KEY (id)",
                      table, *twice));
    }
    return {};
  }

  Result<void> members() {
    const auto twice = count(
        "SELECT count(*) FROM (SELECT FROM public.org_members WHERE user_id IS NOT NULL AND org_id IS NOT NULL GROUP "
        "BY "
        "org_id, user_id HAVING count(*) > 1) AS g");
    if (twice.value_or(0) > 0) {
      out_.stops.push_back(fmt::format(
          "public.org_members holds {} memberships twice: SELECT org_id, user_id FROM org_members GROUP BY 1, 2 HAVING "
          "count(*) > 1. Leave one row of each, then: ALTER TABLE org_members ADD UNIQUE (org_id, user_id)",
          *twice));
    }
    const auto nobody = count("SELECT count(*) FROM public.org_members WHERE user_id IS NULL OR org_id IS NULL");
    if (nobody.value_or(0) > 0)
      keep("table public.org_members",
           fmt::format("{} rows without user_id or org_id stay, as nobody's memberships", *nobody));
    return {};
  }

  Result<void> addresses() {
    const auto twice = count(
        "SELECT count(*) FROM (SELECT FROM public.users WHERE email IS NOT NULL GROUP BY lower(email) HAVING count(*) "
        "> 1) AS g");
    if (twice.value_or(0) > 0) {
      keep(
          "table public.users",
          fmt::format("{} addresses stand there in several spellings: a login finds the account spelled as typed, else "
                      "the one in lower case. SELECT lower(email) FROM users GROUP BY 1 HAVING count(*) > 1",
                      *twice));
    }
    return {};
  }

  Result<void> checks() {
    const auto rows = ask(unchecked_sql);
    if (!rows)
      return to_error(rows.error(), "looking for unchecked constraints");
    for (int i = 0; i < rows.rows(); ++i) {
      const std::string table = rows.cell(i, 0), name = rows.cell(i, 1), condition = rows.cell(i, 2);
      const auto broken =
          count(fmt::format("SELECT count(*) FROM (SELECT FROM {} WHERE NOT ({}) LIMIT 1000) AS b", table, condition));
      if (!broken) {
        keep(fmt::format("constraint {} of {}", name, table), "is NOT VALID, and its rows could not be counted");
      } else if (*broken > 0) {
        out_.stops.push_back(fmt::format(
            "{2}{3} rows of {0} break its constraint {1}, which is NOT VALID. PostgreSQL checks a row again whenever "
            "it "
            "is updated, so up's backfills and later changes would be refused. See them with SELECT id FROM {0} WHERE "
            "NOT ({4}); mend them, or: ALTER TABLE {0} DROP CONSTRAINT {1}",
            table, name, *broken, *broken == 1000 ? " or more" : "", condition));
      }
    }
    return {};
  }

  /// Updates rows of a table without changing them, as a backfill does, and takes that back.
  Result<void> triggers() {
    std::set<std::string> filled;
    for (const auto& backfill : backfills_)
      filled.insert("public." + backfill.table);
    std::vector<std::string> tables;
    for (const auto& table : tables_) {
      if (filled.contains(table))
        tables.push_back(table);
    }
    const auto rows = session_.run(refusing_sql, {array_of(tables)});
    if (!rows)
      return to_error(rows.error(), "looking for triggers that refuse");
    for (int i = 0; i < rows.rows(); ++i)
      try_updates(rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3) == "t");
    return {};
  }

  void try_updates(const std::string& table, const std::string& names, const std::string& column, bool calls_out) {
    const std::string object = fmt::format("trigger {} of {}", names, table);
    if (calls_out) {
      keep(object, "may refuse updates of rows; not tried, because it calls other services");
      return;
    }
    session_.run("BEGIN");
    session_.run("SET LOCAL lock_timeout = '500ms'");
    session_.run("SET LOCAL statement_timeout = '20s'");
    const auto tried = session_.run(fmt::format(
        "WITH picked AS MATERIALIZED (SELECT t.ctid AS at FROM {0} AS t ORDER BY random() LIMIT 2000), free AS "
        "MATERIALIZED (SELECT t.ctid AS at FROM {0} AS t WHERE t.ctid = ANY (ARRAY(SELECT at FROM picked)) FOR UPDATE "
        "SKIP "
        "LOCKED), done AS (UPDATE {0} AS t SET {1} = t.{1} FROM free AS f WHERE t.ctid = f.at RETURNING 1) SELECT "
        "(SELECT count(*) FROM free) - (SELECT count(*) FROM done), (SELECT count(*) FROM free)",
        table, column));
    const auto settled = tried ? session_.run("SET CONSTRAINTS ALL IMMEDIATE") : tried;
    session_.run("ROLLBACK");
    const std::string mend = fmt::format(
        "up's backfills update every row once, without changing what was found. For as long as up takes: ALTER TABLE "
        "{} "
        "DISABLE TRIGGER {}; or let it pass updates under current_setting('salesflow.backfill', true) = 'on'",
        table, names.substr(0, names.find(',')));
    if (!settled && (settled.error().is("55P03") || settled.error().is("57014")))
      keep(object, "may refuse updates of rows; trying took too long");
    else if (!settled)
      out_.stops.push_back(
          fmt::format("an update of {} that changes nothing is refused (\"{}\"); what can refuse it: {}. {}", table,
                      settled.error().message, object, mend));
    else if (tried.cell(0, 0) != "0")
      out_.stops.push_back(fmt::format("{} leaves {} of {} rows out of an update. {}", object, tried.cell(0, 0),
                                       tried.cell(0, 1), mend));
    else
      keep(object,
           fmt::format("may refuse updates; an update of {} rows that changes nothing passed", tried.cell(0, 1)));
  }

  Result<void> publications() {
    const auto rows = ask(unidentified_sql);
    if (!rows)
      return to_error(rows.error(), "looking at publications");
    for (int i = 0; i < rows.rows(); ++i) {
      out_.stops.push_back(fmt::format(
          "publication {1} takes in {0}, which has no primary key: PostgreSQL refuses every update of it, and so up's "
          "backfills. ALTER TABLE {0} ADD PRIMARY KEY (id), or ALTER TABLE {0} REPLICA IDENTITY FULL",
          rows.cell(i, 0), rows.cell(i, 1)));
    }
    return {};
  }

  /// Found texts without a bound that our indexes hold: table → columns.
  std::map<std::string, std::set<std::string>> indexed_texts() {
    std::map<std::string, std::set<std::string>> texts;
    static const std::regex word(R"(\w+)");
    for (const auto& migration : migrations_) {
      for (const auto& statement : split_statements(migration.up_sql)) {
        const auto index = parse_create_index(statement.text);
        if (!index || !index->rest.starts_with('('))
          continue;
        const auto end = index->rest.find(" WHERE ");
        const std::string keys = index->rest.substr(0, end == std::string::npos ? index->rest.find("\n  WHERE") : end);
        for (auto at = std::sregex_iterator(keys.begin(), keys.end(), word); at != std::sregex_iterator(); ++at)
          texts[index->schema + "." + index->table].insert(at->str());
      }
    }
    for (auto& [table, words] : texts) {
      const auto rows = session_.run(
          "SELECT quote_ident(a.attname) FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid WHERE "
          "a.attrelid "
          "= to_regclass($1) AND a.attname = ANY ($2::text[]) AND NOT a.attisdropped AND t.typcategory = 'S' AND "
          "(a.atttypmod < 0 OR a.atttypmod > 600)",
          {table, array_of({words.begin(), words.end()})});
      words.clear();
      for (int i = 0; rows && i < rows.rows(); ++i)
        words.insert(rows.cell(i, 0));
    }
    return texts;
  }

  Result<void> long_texts() {
    for (const auto& [table, columns] : indexed_texts()) {
      if (columns.empty() || std::find(tables_.begin(), tables_.end(), table) == tables_.end())
        continue;
      std::string all;
      for (const auto& column : columns) {
        all += (all.empty() ? "" : ", ") + column;
        const std::string condition = fmt::format("octet_length({}::text) > 2000", column);
        session_.run("BEGIN");
        session_.run("SET LOCAL statement_timeout = '20s'");
        const auto ready = session_.run(fits_sql);
        const auto unfit =
            ready ? session_.run(fmt::format(
                        "SELECT count(*) FROM (SELECT {0}::text AS value FROM {1} WHERE {2} LIMIT 1000) AS v "
                        "WHERE NOT pg_temp.sf_fits(v.value)",
                        column, table, condition))
                  : ready;
        session_.run("ROLLBACK");
        if (unfit && unfit.value() != "0") {
          out_.stops.push_back(fmt::format(
              "{0} rows of {1} hold more in {2} than an index can (2,704 bytes), and SalesFlow's indexes hold that "
              "column. See them with SELECT id FROM {1} WHERE {3}; shorten them, or move the text to another column",
              unfit.value(), table, column, condition));
        }
      }
      keep("table " + table,
           "refuses longer texts than 2,600 bytes once up has run, since indexes hold them, in: " + all);
    }
    return {};
  }

  Session& session_;
  const std::vector<Migration>& migrations_;
  const std::vector<Backfill>& backfills_;
  std::vector<std::string> tables_, partitioned_;
  Stops out_;
};

}  // namespace

Result<Stops> find_stops(Session& session, const std::vector<Migration>& migrations,
                         const std::vector<Backfill>& backfills) {
  return Search(session, migrations, backfills).run();
}

std::vector<std::string> unfit_types(Session& session, const std::vector<Migration>& migrations) {
  std::vector<std::string> tables, columns, types, texts;
  for (const auto& table : wanted_tables(migrations)) {
    for (const auto& [name, type] : table.columns) {
      tables.push_back(table.table);
      columns.push_back(name);
      types.push_back(type);
    }
  }
  const auto rows = session.run(types_sql, {array_of(tables), array_of(columns), array_of(types)});
  for (int i = 0; rows && i < rows.rows(); ++i) {
    texts.push_back(
        fmt::format("{0}.{1} is {2}, and SalesFlow needs {3} there: ALTER TABLE {0} ALTER COLUMN {1} TYPE {3} "
                    "USING {1}::{3}",
                    rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3)));
  }
  return texts;
}

std::string refused_drops(Session& session) {
  const auto triggers = session.run(
      "SELECT string_agg(quote_ident(evtname), ', ' ORDER BY evtname) FROM pg_event_trigger WHERE evtenabled <> 'D' "
      "AND "
      "evtevent IN ('sql_drop', 'ddl_command_start', 'ddl_command_end')");
  if (!triggers || triggers.is_null(0, 0))
    return {};
  session.run("BEGIN");
  const auto made = session.run(
      "SET LOCAL lock_timeout = '2s'; SET LOCAL client_min_messages = error; "
      "CREATE TABLE public.sf_drop_trial (id integer, part text); CREATE INDEX sf_drop_trial_idx ON "
      "public.sf_drop_trial (id); "
      "CREATE FUNCTION public.sf_drop_trial() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
      "CREATE TRIGGER sf_drop_trial BEFORE UPDATE ON public.sf_drop_trial FOR EACH ROW EXECUTE FUNCTION "
      "public.sf_drop_trial(); CREATE POLICY sf_drop_trial ON public.sf_drop_trial; CREATE VIEW "
      "public.sf_drop_trial_view "
      "AS SELECT id FROM public.sf_drop_trial");
  const auto dropped =
      made ? session.run(
                 "DROP VIEW public.sf_drop_trial_view; DROP POLICY sf_drop_trial ON public.sf_drop_trial; "
                 "DROP TRIGGER sf_drop_trial ON public.sf_drop_trial; DROP INDEX public.sf_drop_trial_idx; "
                 "ALTER TABLE public.sf_drop_trial DROP COLUMN part; DROP FUNCTION public.sf_drop_trial(); "
                 "DROP TABLE public.sf_drop_trial")
           : made;
  session.run("ROLLBACK");
  if (!made || dropped)
    return {};
  return fmt::format(
      "dropping objects is refused here (\"{}\") by an event trigger: {}. up drops found indexes that it replaces, and "
      "down drops all that SalesFlow made. For as long as they take, let a superuser run: ALTER EVENT TRIGGER … "
      "DISABLE",
      dropped.error().message, triggers.value());
}

}  // namespace salesflow::migrations
