#include "platform/partitions/obstacles.hpp"

#include <fmt/format.h>

#include "platform/migrations/ledger.hpp"

namespace salesflow::partitions {
namespace {

// $1: the table. Each row is a sentence.
constexpr const char* obstacles_sql = R"sql(
WITH t AS (SELECT c.*, c.oid::regclass AS full_name FROM pg_class AS c WHERE c.oid = to_regclass($1)),
ids AS (SELECT i.* FROM pg_index AS i, t WHERE i.indrelid = t.oid AND i.indisunique AND i.indisprimary),
depends AS (SELECT d.* FROM pg_depend AS d, t WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype IN ('n', 'a'))
SELECT format('%s is a %s, not a plain table', full_name, CASE relkind WHEN 'v' THEN 'view' WHEN 'p' THEN 'partitioned table that SalesFlow did not make' ELSE 'relation of kind ' || relkind::text END) FROM t WHERE relkind <> 'r'
UNION ALL SELECT format('%s is unlogged', full_name) FROM t WHERE relpersistence <> 'p'
UNION ALL SELECT format('%s is of a composite type', full_name) FROM t WHERE reloftype <> 0
UNION ALL SELECT format('%s inherits or is inherited from', full_name) FROM t WHERE EXISTS (SELECT FROM pg_inherits WHERE t.oid IN (inhrelid, inhparent))
UNION ALL SELECT format('%s belongs to %I, and %I may not act as that role', full_name, pg_get_userbyid(relowner), current_user) FROM t WHERE NOT pg_has_role(relowner, 'USAGE')
UNION ALL SELECT format('%I may not create schemas here; let an administrator run: GRANT CREATE ON DATABASE %I TO %I', current_user, current_database(), current_user)
  FROM t WHERE to_regnamespace('salesflow_partitions') IS NULL AND NOT has_database_privilege(current_database(), 'CREATE')
UNION ALL SELECT 'created_at must be timestamp with time zone' FROM t WHERE NOT EXISTS
  (SELECT FROM pg_attribute WHERE attrelid = t.oid AND attname = 'created_at' AND atttypid = 'timestamptz'::regtype AND NOT attisdropped)
UNION ALL SELECT 'the primary key must be (id)' FROM t WHERE NOT EXISTS
  (SELECT FROM ids JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = ids.indkey[0] WHERE ids.indnatts = 1 AND a.attname = 'id')
UNION ALL SELECT format('unique index %s: a partitioned table can only keep it with created_at among its columns; drop it, or make it a plain index', i.indexrelid::regclass)
  FROM pg_index AS i, t WHERE i.indrelid = t.oid AND i.indisunique AND NOT i.indisprimary AND (SELECT relname FROM pg_class WHERE oid = i.indexrelid) <> 'salesflow_new_key'
  AND NOT (SELECT attnum FROM pg_attribute WHERE attrelid = t.oid AND attname = 'created_at') = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
UNION ALL SELECT format('index %s is invalid (an interrupted build): drop it or build it again', i.indexrelid::regclass)
  FROM pg_index AS i, t WHERE i.indrelid = t.oid AND NOT i.indisvalid AND (SELECT relname FROM pg_class WHERE oid = i.indexrelid) <> 'salesflow_new_key'
UNION ALL SELECT format('constraint %I: partitions cannot have exclusion constraints', conname) FROM pg_constraint AS k, t WHERE conrelid = t.oid AND contype = 'x'
UNION ALL SELECT format('constraint %I: partitions cannot have NO INHERIT checks', conname) FROM pg_constraint AS k, t WHERE conrelid = t.oid AND contype = 'c' AND connoinherit
UNION ALL SELECT format('foreign key %I is not validated, and a partitioned table can only have validated ones: ALTER TABLE %s VALIDATE CONSTRAINT %I, or drop it', conname, full_name, conname)
  FROM pg_constraint AS k, t WHERE conrelid = t.oid AND contype = 'f' AND NOT convalidated
UNION ALL SELECT format('foreign key %I of %s refers to it by its id, which is no longer unique alone; drop that key (ALTER TABLE %s DROP CONSTRAINT %I) and keep the rule in the application', conname, conrelid::regclass, conrelid::regclass, conname)
  FROM pg_constraint AS k, t WHERE confrelid = t.oid AND contype = 'f'
UNION ALL SELECT format('column %I is an identity column, which partitions cannot have before PostgreSQL 17: give it a sequence and a default', attname)
  FROM pg_attribute AS a, t WHERE attrelid = t.oid AND attidentity <> '' AND NOT attisdropped
UNION ALL SELECT format('trigger %I is a row trigger with transition tables, which partitions cannot have', tgname)
  FROM pg_trigger AS g, t WHERE tgrelid = t.oid AND NOT tgisinternal AND tgtype & 1 = 1 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL)
UNION ALL SELECT 'the replica identity names the index of the primary key, which changes: set it to DEFAULT' FROM t
  WHERE EXISTS (SELECT FROM ids WHERE indisreplident)
UNION ALL SELECT format('rule %I: partitions cannot carry it over', rulename) FROM pg_rewrite AS r, t WHERE r.ev_class = t.oid
UNION ALL SELECT format('%s %s belongs to %I, and %I may not act as that role', CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, v.oid::regclass, pg_get_userbyid(v.relowner), current_user)
  FROM (SELECT DISTINCT r.ev_class FROM depends AS d JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid) AS x JOIN pg_class AS v ON v.oid = x.ev_class, t
  WHERE v.oid <> t.oid AND NOT pg_has_role(v.relowner, 'USAGE')
UNION ALL SELECT format('publication %I belongs to %I, and %I may not change it: let its owner run ALTER PUBLICATION %I SET (publish_via_partition_root = true)', p.pubname, pg_get_userbyid(p.pubowner), current_user, p.pubname)
  FROM pg_publication AS p, t WHERE NOT pg_has_role(p.pubowner, 'USAGE') AND (EXISTS (SELECT FROM pg_publication_rel WHERE prpubid = p.oid AND prrelid = t.oid)
    OR NOT p.pubviaroot AND EXISTS (SELECT FROM pg_get_publication_tables(p.pubname::text) AS l WHERE l.relid = t.oid))
UNION ALL SELECT format('publication %I lists columns without created_at, which belongs to the key that identifies changed rows: add it to the list', p.pubname)
  FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid, t WHERE r.prrelid = t.oid AND (p.pubupdate OR p.pubdelete) AND t.relreplident = 'd'
    AND r.prattrs IS NOT NULL AND NOT (SELECT attnum FROM pg_attribute WHERE attrelid = t.oid AND attname = 'created_at') = ANY (r.prattrs::int2[])
UNION ALL SELECT format('%s uses its row type, which changes; drop it and make it again afterwards', pg_describe_object(d.classid, d.objid, d.objsubid))
  FROM pg_depend AS d, t WHERE d.refclassid = 'pg_type'::regclass AND d.deptype = 'n' AND d.refobjid IN (t.reltype, (SELECT typarray FROM pg_type WHERE oid = t.reltype))
UNION ALL SELECT format('%s depends on it and cannot be moved', pg_describe_object(d.classid, d.objid, d.objsubid))
  FROM depends AS d WHERE d.classid NOT IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass,
    'pg_class'::regclass, 'pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass, 'pg_proc'::regclass)
UNION ALL SELECT format('%s exists already: another table has the name of the first partition', $2::text) WHERE to_regclass($2) IS NOT NULL)sql";

}  // namespace

Result<std::vector<std::string>> find_obstacles(Session& session, const Names& names) {
  const auto there = session.run(
      "SELECT to_regclass($1) IS NOT NULL, to_regprocedure('salesflow.acts_as_owner()') IS NOT NULL", {names.full});
  const auto found = there ? session.run(obstacles_sql, {names.full, names.legacy}) : there;
  if (!found) {
    return migrations::to_error(found.error(), "looking at " + names.full);
  }
  std::vector<std::string> obstacles;
  if (there.cell(0, 0) != "t") {
    obstacles.push_back(names.full + " does not exist");
  } else if (there.cell(0, 1) != "t") {
    obstacles.push_back("the schema is not SalesFlow's yet: run salesflow migrate up first");
  }
  for (int row = 0; row < found.rows(); ++row)
    obstacles.push_back(found.cell(row, 0));
  return obstacles;
}

Result<std::vector<std::string>> find_stray_rows(Run& run, const std::string& boundary) {
  const auto found =
      run.run_long(fmt::format("SELECT count(*) FILTER (WHERE created_at IS NULL), count(*) FILTER (WHERE created_at "
                               ">= {0}), max(created_at) FROM {1} "
                               "WHERE created_at IS NULL OR created_at >= {0}",
                               literal(boundary), run.names.full));
  if (!found) {
    return migrations::to_error(found.error(), "counting rows past the boundary");
  }
  std::vector<std::string> obstacles;
  if (found.cell(0, 0) != "0") {
    obstacles.push_back(fmt::format("{} rows have no created_at; give them one", found.cell(0, 0)));
  }
  if (found.cell(0, 1) != "0") {
    obstacles.push_back(
        fmt::format("{} rows have a created_at at or past {} (the latest {}): correct them, or give a later --boundary",
                    found.cell(0, 1), boundary, found.cell(0, 2)));
  }
  return obstacles;
}

}  // namespace salesflow::partitions
