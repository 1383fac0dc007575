#include "tests/switchover/kept_rows.hpp"

#include <fmt/format.h>

namespace salesflow::test {
namespace {

constexpr const char* notes_sql = R"sql(
CREATE SCHEMA rehearsal;
CREATE TABLE rehearsal.notes (n bigint GENERATED ALWAYS AS IDENTITY, found_table text, id text, is_gone boolean, by_server boolean, stored jsonb);
CREATE INDEX ON rehearsal.notes (found_table, id, n DESC);
CREATE FUNCTION rehearsal.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO rehearsal.notes (found_table, id, is_gone, by_server, stored)
  VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'id', TG_OP = 'DELETE',
    session_user LIKE 'salesflow%', to_jsonb(NEW));
  RETURN NULL;
END $$)sql";

constexpr const char* tables_sql = R"sql(
SELECT n.nspname, c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
  string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname <> 'org_id'), bool_or(a.attname = 'org_id')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('public', 'auth') AND c.relkind = 'r' GROUP BY 1, 2 ORDER BY 1, 2)sql";

/// {0} table, {1} its copy, {2} found columns, {3} the same without org_id, {4} org_id or NULL.
constexpr const char* compare_sql = R"sql(
WITH notes AS (
  SELECT DISTINCT ON (id) id, is_gone, stored, by_server FROM rehearsal.notes WHERE found_table = '{0}' ORDER BY id, n DESC),
was AS (SELECT id::text AS id, {4} AS org, row({3})::text AS t FROM {1}),
now AS (SELECT f.id::text AS id, {4} AS org, row({3})::text AS t, f AS found_columns FROM (SELECT {2} FROM {0}) AS f),
fates AS (
  SELECT id, was.id AS was_id, n.id AS noted, n.by_server, CASE
    WHEN n.id IS NOT NULL THEN CASE
      WHEN n.is_gone AND now.id IS NULL THEN 'ok'
      WHEN NOT n.is_gone AND now.id IS NOT NULL AND n.stored @> (to_jsonb(now.found_columns) - 'org_id') THEN 'ok'
      ELSE 'stale' END
    WHEN now.id IS NULL THEN 'lost'
    WHEN was.id IS NULL THEN 'appeared'
    WHEN now.t <> was.t OR (was.org IS NOT NULL AND was.org IS DISTINCT FROM now.org) THEN 'changed'
    WHEN was.org IS DISTINCT FROM now.org THEN 'filled'
    ELSE 'ok' END AS fate
  FROM was FULL JOIN now USING (id) FULL JOIN notes AS n USING (id))
SELECT count(was_id), count(was_id) FILTER (WHERE noted IS NULL), count(noted), count(*) FILTER (WHERE fate = 'lost'),
  count(*) FILTER (WHERE fate = 'appeared'), count(*) FILTER (WHERE fate = 'changed'), count(*) FILTER (WHERE fate = 'filled'),
  count(*) FILTER (WHERE fate = 'stale'), count(*) FILTER (WHERE by_server),
  min(id || ' ' || fate) FILTER (WHERE fate NOT IN ('ok', 'filled'))
FROM fates)sql";

}  // namespace

KeptRows::KeptRows(FoundDatabase& found) : found_(found) {
  found_.run(notes_sql);
  const auto rows = found_.run(tables_sql);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const std::string schema = rows.value(i, 0), table = rows.value(i, 1);
    tables_.push_back({schema + "." + table, fmt::format("rehearsal.{}_{}", schema, table), rows.value(i, 2),
                       rows.value(i, 3), rows.value(i, 4) == "t"});
    found_.run(fmt::format("CREATE TABLE {} AS SELECT {} FROM {}", tables_.back().copy, tables_.back().columns,
                           tables_.back().name));
    found_.run(
        fmt::format("CREATE TRIGGER zz_rehearsal AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW WHEN "
                    "(current_setting('application_name') = '{}' OR session_user::text LIKE 'salesflow%') EXECUTE "
                    "FUNCTION rehearsal.note()",
                    tables_.back().name, old_service_name));
  }
  found_.run("ANALYZE");
}

std::vector<TableFate> KeptRows::compare() {
  std::vector<TableFate> fates;
  for (const auto& table : tables_) {
    const auto row = found_.run(fmt::format(fmt::runtime(compare_sql), table.name, table.copy, table.columns,
                                            table.columns_but_org, table.has_org ? "org_id" : "NULL::uuid"));
    fates.push_back({table.name, row.integer(0, 0), row.integer(0, 1), row.integer(0, 2), row.integer(0, 3),
                     row.integer(0, 4), row.integer(0, 5), row.integer(0, 6), row.integer(0, 7), row.integer(0, 8),
                     row.value(0, 9).empty() ? "" : table.name + " " + row.value(0, 9)});
    // adopt makes profiles of people whom auth.users alone knew, and down takes them back.
    if (table.name == "public.users" &&
        found_.run("SELECT to_regclass('salesflow.adopted_profiles') IS NOT NULL").value() == "t")
      fates.back().appeared -=
          found_
              .run(
                  "SELECT count(*) FROM salesflow.adopted_profiles AS a JOIN public.users AS u ON u.id = a.user_id "
                  "WHERE NOT EXISTS (SELECT FROM " +
                  table.copy +
                  " AS c WHERE c.id = a.user_id) AND NOT EXISTS (SELECT FROM rehearsal.notes AS n WHERE n.found_table "
                  "= 'public.users' AND n.id = a.user_id::text)")
              .integer();
  }
  return fates;
}

}  // namespace salesflow::test
