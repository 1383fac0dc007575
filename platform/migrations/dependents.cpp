#include "platform/migrations/dependents.hpp"

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

// $1: the version that stays. What SalesFlow made is known by its two records: created_objects (with the version), and
// schema_objects (whatever a run added).
constexpr const char* dependents_sql = R"sql(
WITH going AS (
  SELECT 'pg_class'::regclass AS classid, to_regclass(o.object)::oid AS objid, 0 AS part FROM salesflow.created_objects AS o
  WHERE o.version > $1::integer AND o.kind IN ('table', 'view', 'materialized view')
  UNION ALL
  SELECT 'pg_class'::regclass, a.attrelid, a.attnum FROM salesflow.created_objects AS o
  JOIN pg_class AS c ON c.relkind IN ('r', 'p') JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE o.version > $1::integer AND o.kind = 'column' AND o.object = format('%I.%I.%I', n.nspname, c.relname, a.attname)
  UNION ALL
  SELECT 'pg_proc'::regclass, to_regprocedure(o.object)::oid, 0 FROM salesflow.created_objects AS o
  WHERE o.version > $1::integer AND o.kind = 'function'
  UNION ALL
  SELECT m.classid, m.objid, 0 FROM salesflow.created_objects AS o JOIN pg_extension AS e ON quote_ident(e.extname) = o.object
  JOIN pg_depend AS m ON m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
  WHERE o.version > $1::integer AND o.kind = 'extension'
  UNION ALL
  SELECT 'pg_class'::regclass, oid, 0 FROM pg_class WHERE $1::integer = 0 AND relnamespace = to_regnamespace('salesflow')
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, 0 FROM pg_proc WHERE $1::integer = 0 AND pronamespace = to_regnamespace('salesflow')
), hanging AS (
  SELECT DISTINCT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, coalesce(w.ev_class, k.conrelid, g.tgrelid, p.polrelid, f.adrelid,
    CASE WHEN d.classid = 'pg_class'::regclass THEN coalesce(i.indrelid, d.objid) END) AS holder,
    CASE WHEN w.oid IS NOT NULL THEN 'table' WHEN k.oid IS NOT NULL THEN 'constraint' WHEN g.oid IS NOT NULL THEN 'trigger'
      WHEN p.oid IS NOT NULL THEN 'policy' WHEN f.oid IS NOT NULL THEN 'column' WHEN i.indexrelid IS NOT NULL THEN 'index'
      WHEN d.classid = 'pg_proc'::regclass THEN 'function' ELSE 'table' END AS kind,
    coalesce(k.conname, g.tgname, p.polname, a.attname) AS part
  FROM pg_depend AS d JOIN going AS o ON (o.classid, o.objid) = (d.refclassid, d.refobjid) AND o.part IN (0, d.refobjsubid)
  LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
  LEFT JOIN pg_trigger AS g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
  LEFT JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
  LEFT JOIN pg_attrdef AS f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
  LEFT JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
  LEFT JOIN pg_index AS i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
  WHERE d.deptype = 'n' AND d.classid IN ('pg_class'::regclass, 'pg_rewrite'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass,
      'pg_policy'::regclass, 'pg_attrdef'::regclass, 'pg_proc'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE (e.classid, e.objid, e.deptype) = (d.classid, d.objid, 'e'))
), described AS (
  SELECT h.*, c.relnamespace, CASE h.kind WHEN 'function' THEN h.objid::regprocedure::text
      WHEN 'index' THEN (SELECT format('%I.%I', xn.nspname, x.relname) FROM pg_class AS x JOIN pg_namespace AS xn ON xn.oid = x.relnamespace WHERE x.oid = h.objid)
      WHEN 'table' THEN format('%I.%I', n.nspname, c.relname)
      WHEN 'column' THEN format('%I.%I.%I', n.nspname, c.relname, h.part)
      ELSE format('%I.%I %I', n.nspname, c.relname, h.part) END AS object
  FROM hanging AS h LEFT JOIN pg_class AS c ON c.oid = h.holder LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
)
SELECT DISTINCT format('%s depends on %s', CASE WHEN h.classid = 'pg_rewrite'::regclass THEN pg_describe_object('pg_class'::regclass, h.holder, 0)
  ELSE pg_describe_object(h.classid, h.objid, 0) END, pg_describe_object(h.refclassid, h.refobjid, h.refobjsubid))
FROM described AS h
WHERE NOT EXISTS (SELECT FROM going AS o WHERE o.part = 0 AND o.objid = h.holder AND o.classid = 'pg_class'::regclass)
  AND NOT EXISTS (SELECT FROM going AS o WHERE o.part = 0 AND (o.classid, o.objid) = (h.classid, h.objid))
  AND coalesce(h.relnamespace <> ALL (ARRAY[to_regnamespace('salesflow'), to_regnamespace('salesflow_app')]::oid[]), true)
  AND NOT (h.kind = 'function' AND EXISTS (SELECT FROM pg_proc WHERE oid = h.objid AND pronamespace = to_regnamespace('salesflow')))
  AND NOT EXISTS (SELECT FROM salesflow.schema_objects AS m WHERE m.state = 'made' AND m.found IS NULL AND m.kind = h.kind AND m.object = h.object)
  AND NOT EXISTS (SELECT FROM salesflow.created_objects AS o JOIN pg_class AS c ON c.oid = h.holder JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE o.kind = h.kind AND o.object = format('%s.%s.%s', n.nspname, c.relname, h.part))
  AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indexrelid = h.objid AND i.indrelid IN (SELECT objid FROM going WHERE part = 0))
ORDER BY 1)sql";

}  // namespace

Result<std::vector<std::string>> find_dependents(Session& session, int target) {
  std::vector<std::string> texts;
  const auto recorded = session.run(
      "SELECT to_regclass('salesflow.created_objects') IS NOT NULL AND to_regclass('salesflow.schema_objects') IS NOT "
      "NULL");
  if (!recorded.truth()) {
    return texts;
  }
  const auto rows = session.run(dependents_sql, {std::to_string(target)});
  if (!rows) {
    return to_error(rows.error(), "looking for what depends on SalesFlow's objects");
  }
  for (int i = 0; i < rows.rows(); ++i) {
    texts.push_back(rows.cell(i, 0));
  }
  return texts;
}

}  // namespace salesflow::migrations
