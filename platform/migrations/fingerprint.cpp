#include "platform/migrations/fingerprint.hpp"

#include "platform/migrations/printed_definition.hpp"

namespace salesflow::migrations {
namespace {

/// catalogue(kind, object, parent, definition): everything in our reach, without what belongs to extensions and to
/// partitions (their parent stands for them), and without the runner's own tables and the views of found tables, which
/// are as different as these.
constexpr const char* catalogue_sql = R"sql(
WITH space AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('public', 'salesflow', 'salesflow_app')),
extension_member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relation AS (
  SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
  WHERE NOT c.relispartition
    AND NOT (s.nspname = 'salesflow' AND c.relname ~ '^(schema_migrations|schema_objects|backfills|found_indexes)(_pkey)?$')
    AND NOT (s.nspname = 'salesflow_app' AND c.relkind = 'v')
    AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM extension_member)
), holder AS (
  SELECT * FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
), routine AS (
  SELECT p.*, p.oid::regprocedure::text AS name FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace
  WHERE ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM extension_member)
), acl AS (
  SELECT 'schema ' || nspname AS object, nspname AS parent, nspowner AS owner, nspacl AS list FROM space
  UNION ALL SELECT name, name, relowner, relacl FROM holder
  UNION ALL SELECT name, name, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
  UNION ALL SELECT format('%s.%I', h.name, a.attname), h.name, h.relowner, a.attacl
  FROM holder AS h JOIN pg_attribute AS a ON a.attrelid = h.oid WHERE a.attacl IS NOT NULL
), catalogue AS (
  SELECT 'table' AS kind, name AS object, name AS parent,
    concat_ws(' ', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table by ' || pg_get_partkeydef(oid)
      WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'sequence' END, 'owned by', relowner::regrole,
      CASE WHEN relkind IN ('v', 'm') THEN 'as ' || pg_get_viewdef(oid) END) AS definition
  FROM holder
  UNION ALL
  SELECT 'row level security', name, name,
    CASE WHEN relforcerowsecurity THEN 'forced' WHEN relrowsecurity THEN 'on' ELSE 'off' END
  FROM holder WHERE relkind IN ('r', 'p')
  UNION ALL
  SELECT 'storage', name || ' ' || split_part(option, '=', 1), name, option FROM holder, unnest(reloptions) AS option
  UNION ALL
  SELECT 'column', format('%s.%I', h.name, a.attname), h.name,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
      CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated ' END || pg_get_expr(d.adbin, d.adrelid),
      CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
      CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation::text END)
  FROM holder AS h JOIN pg_attribute AS a ON a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE h.relkind IN ('r', 'p')
  UNION ALL  -- whether old rows have been checked is progress, not a definition
  SELECT 'constraint', format('%s %I', h.name, k.conname), h.name,
    regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
  FROM holder AS h JOIN pg_constraint AS k ON k.conrelid = h.oid AND k.contype <> 't' AND k.conparentid = 0
  UNION ALL
  SELECT 'index', r.name, h.name, pg_get_indexdef(r.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
  FROM relation AS r JOIN pg_index AS i ON i.indexrelid = r.oid JOIN holder AS h ON h.oid = i.indrelid
  UNION ALL
  SELECT 'trigger', format('%s %I', h.name, g.tgname), h.name, pg_get_triggerdef(g.oid)
    || CASE g.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' ELSE ' (enabled ' || g.tgenabled::text || ')' END
  FROM holder AS h JOIN pg_trigger AS g ON g.tgrelid = h.oid AND NOT g.tgisinternal
  UNION ALL
  SELECT 'policy', format('%s %I', h.name, p.polname), h.name, format('%s for %s to %s using (%s) with check (%s)',
    CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
    (SELECT string_agg(name, ', ' ORDER BY name)
     FROM (SELECT CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END AS name FROM unnest(p.polroles) AS r) AS roles),
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  FROM holder AS h JOIN pg_policy AS p ON p.polrelid = h.oid
  UNION ALL
  SELECT 'function', name, name, format('owned by %s: %s', proowner::regrole,
    CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(oid) ELSE 'aggregate' END)
  FROM routine
  UNION ALL
  SELECT 'grant', format('%s to %s', a.object, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END),
    a.parent, string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', '
      ORDER BY g.privilege_type)
  FROM acl AS a, aclexplode(a.list) AS g WHERE g.grantee <> a.owner GROUP BY a.object, a.parent, g.grantee
  UNION ALL
  SELECT 'schema', nspname, nspname, format('owned by %s', nspowner::regrole) FROM space
  UNION ALL
  SELECT 'type', t.oid::regtype::text, t.oid::regtype::text, format('%s %s', t.typtype,
    (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
  FROM pg_type AS t JOIN space AS s ON s.oid = t.typnamespace WHERE t.typtype IN ('e', 'd')
    AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM extension_member)
  UNION ALL
  SELECT 'extension', extname, extname, 'installed' FROM pg_extension WHERE extname <> 'plpgsql'
  UNION ALL  -- a role with more than it needs walks through the wall
  SELECT 'role', rolname, rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolreplication THEN 'replication' END)
  FROM pg_roles WHERE rolname IN ('salesflow_app', 'salesflow_worker', 'salesflow_auth', 'salesflow_search')
)
)sql";

// Definitions are printed by the path; a file that failed may have left another one.
constexpr const char* plain_path_sql = "SELECT set_config('search_path', 'public', false)";

Result<void> run_all(Session& session, const std::vector<std::string>& statements, const char* doing) {
  Answer answer = session.run("BEGIN");
  for (const auto& statement : statements) {
    if (answer) {
      answer = session.run(statement);
    }
  }
  if (answer) {
    answer = session.run("COMMIT");
  }
  if (!answer) {
    session.run("ROLLBACK");
    return to_error(answer.error(), doing);
  }
  return {};
}

/// `direction` of the run stands in column found of the rows 'before'.
std::string snapshot_sql(const std::string& state, const std::string& direction) {
  return std::string(catalogue_sql) +
         "INSERT INTO salesflow.schema_objects (state, kind, object, parent, definition, found) SELECT '" + state +
         "', kind, object, parent, definition, '" + direction + "' FROM catalogue";
}

// What a run added or changed, `found` being what stood there before SalesFlow came.
constexpr const char* note_made_sql = R"sql(
INSERT INTO salesflow.schema_objects (state, kind, object, parent, definition, found)
SELECT 'made', a.kind, a.object, a.parent, a.definition, b.definition
FROM salesflow.schema_objects AS a
LEFT JOIN salesflow.schema_objects AS b ON (b.state, b.kind, b.object) = ('before', a.kind, a.object)
WHERE a.state = 'after' AND (b.definition IS DISTINCT FROM a.definition OR a.kind = 'role')
ON CONFLICT (state, kind, object) DO UPDATE SET parent = excluded.parent, definition = excluded.definition)sql";

constexpr const char* forget_restored_sql = R"sql(
DELETE FROM salesflow.schema_objects AS m USING salesflow.schema_objects AS a
WHERE m.state = 'made' AND (a.state, a.kind, a.object) = ('after', m.kind, m.object)
  AND m.found = a.definition AND m.kind <> 'role')sql";

constexpr const char* note_changed_sql = R"sql(
UPDATE salesflow.schema_objects AS m SET definition = a.definition
FROM salesflow.schema_objects AS a, salesflow.schema_objects AS b
WHERE m.state = 'made' AND (a.state, a.kind, a.object) = ('after', m.kind, m.object)
  AND (b.state, b.kind, b.object) = ('before', m.kind, m.object) AND a.definition <> b.definition)sql";

constexpr const char* forget_gone_sql = R"sql(
DELETE FROM salesflow.schema_objects AS m WHERE m.state = 'made' AND NOT EXISTS
  (SELECT FROM salesflow.schema_objects AS a WHERE (a.state, a.kind, a.object) = ('after', m.kind, m.object)))sql";

// Unexpected: whatever appears on a table that SalesFlow made or in its schema, and policies for its roles anywhere.
constexpr const char* compare_sql = R"sql(
, made AS (SELECT * FROM salesflow.schema_objects WHERE state = 'made')
SELECT m.kind, m.object, 'missing', m.definition, '' FROM made AS m
WHERE NOT EXISTS (SELECT FROM catalogue AS c WHERE (c.kind, c.object) = (m.kind, m.object))
UNION ALL
SELECT m.kind, m.object, 'changed', m.definition, c.definition FROM made AS m
JOIN catalogue AS c ON (c.kind, c.object) = (m.kind, m.object) WHERE c.definition <> m.definition
UNION ALL
SELECT c.kind, c.object, 'unexpected', '', c.definition FROM catalogue AS c
WHERE NOT EXISTS (SELECT FROM made AS m WHERE (m.kind, m.object) = (c.kind, c.object))
  AND (c.parent IN (SELECT object FROM made WHERE kind = 'table' AND found IS NULL) OR c.parent LIKE 'salesflow.%'
       OR (c.kind = 'policy' AND c.definition ~ ' to [^(]*salesflow_(app|worker|auth|search)'
           AND EXISTS (SELECT FROM made AS m WHERE m.parent = c.parent)))
ORDER BY 1, 2, 3)sql";

}  // namespace

Result<void> begin_recording(Session& session, Direction direction) {
  session.run(plain_path_sql);
  const std::string name = direction == Direction::up ? "up" : "down";
  const auto open = session.run("SELECT min(found) FROM salesflow.schema_objects WHERE state = 'before'");
  if (!open) {
    return to_error(open.error(), "reading the schema's record");
  }
  if (open.value() == name) {
    return {};
  }
  if (!open.value().empty()) {
    const auto other = open.value() == "up" ? Direction::up : Direction::down;
    if (auto finished = finish_recording(session, other); !finished) {
      return finished;
    }
  }
  const auto kept = session.run(snapshot_sql("before", name));
  return kept ? Result<void>{} : to_error(kept.error(), "recording the schema");
}

Result<void> finish_recording(Session& session, Direction direction) {
  session.run(plain_path_sql);
  std::vector<std::string> statements{snapshot_sql("after", "")};
  if (direction == Direction::up) {
    statements.emplace_back(note_made_sql);
  } else {
    statements.emplace_back(note_changed_sql);
  }
  statements.emplace_back(forget_restored_sql);
  statements.emplace_back(forget_gone_sql);
  statements.emplace_back("DELETE FROM salesflow.schema_objects WHERE state <> 'made'");
  return run_all(session, statements, "recording the schema");
}

Result<void> compare_objects(Session& session, VerifyReport& report) {
  const auto made = session.run(
      "SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', kind, object, definition), e'\n' "
      "ORDER BY kind COLLATE \"C\", object COLLATE \"C\"), ''), 'UTF8')), 'hex') FROM salesflow.schema_objects "
      "WHERE state = 'made'");
  const auto rows = session.run(std::string(catalogue_sql) + compare_sql);
  if (!made || !rows) {
    return to_error((made ? rows : made).error(), "comparing the schema");
  }
  report.objects = std::stoi(made.cell(0, 0));
  report.fingerprint = made.cell(0, 1);
  for (int i = 0; i < rows.rows(); ++i) {
    // A restored dump prints some definitions differently. Functions are text and come back as they were.
    if (rows.cell(i, 2) == "changed" && rows.cell(i, 0) != "function" &&
        as_restored(rows.cell(i, 3)) == as_restored(rows.cell(i, 4)))
      continue;
    report.differences.push_back(
        {rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3), rows.cell(i, 4), {}});
  }
  return {};
}

}  // namespace salesflow::migrations
