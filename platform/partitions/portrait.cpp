#include "platform/partitions/portrait.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace salesflow::partitions {
namespace {

// $1: the table's oid. One snapshot, one answer; the order of the rows is the order to make things in.
constexpr const char* portrait_sql = R"sql(
WITH t AS (SELECT c.*, c.oid::regclass::text AS full_name FROM pg_class AS c WHERE c.oid = $1::oid),
columns AS (SELECT a.*, row_number() OVER (ORDER BY a.attnum) AS place FROM pg_attribute AS a
            WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped),
keys AS (SELECT conindid FROM pg_constraint WHERE conrelid = $1::oid AND contype IN ('p', 'u', 'x')),
indexes AS (SELECT i.*, c.relname, c.relnamespace FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = $1::oid AND c.relname <> 'salesflow_new_key' AND i.indexrelid NOT IN (SELECT conindid FROM keys)),
own_checks AS (SELECT * FROM pg_constraint WHERE conrelid = $1::oid AND contype = 'c' AND conname <> 'salesflow_partition_bound'),
foreign_keys AS (SELECT * FROM pg_constraint WHERE conrelid = $1::oid AND contype = 'f' AND conparentid = 0),
triggers AS (SELECT * FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal AND tgparentid = 0),
statistics AS (SELECT s.*, n.nspname FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE stxrelid = $1::oid),
grants AS (
  SELECT a.place, a.grantee, a.privilege_type, a.is_grantable, NULL::name AS of_column
  FROM t, LATERAL aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
  UNION ALL
  SELECT 1000 * c.place + a.place, a.grantee, a.privilege_type, a.is_grantable, c.attname
  FROM columns AS c, LATERAL aclexplode(c.attacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)),
named_grants AS (
  SELECT g.*, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS role FROM grants AS g),
dependents AS (
  SELECT DISTINCT r.ev_class AS oid FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND r.ev_class <> $1::oid),
commented AS (
  SELECT 0 AS place, CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'TABLE ' END || full_name AS what, obj_description(oid, 'pg_class') AS text FROM t
  UNION ALL SELECT place, format('COLUMN %s.%I', full_name, attname), col_description($1::oid, attnum) FROM columns, t
  UNION ALL SELECT 0, format('CONSTRAINT %I ON %s', conname, full_name), obj_description(k.oid, 'pg_constraint')
    FROM pg_constraint AS k, t WHERE conrelid = $1::oid
  UNION ALL SELECT 0, format('INDEX %I.%I', i.relnamespace::regnamespace, i.relname), obj_description(indexrelid, 'pg_class') FROM indexes AS i
  UNION ALL SELECT 0, format('TRIGGER %I ON %s', tgname, full_name), obj_description(g.oid, 'pg_trigger') FROM triggers AS g, t
  UNION ALL SELECT 0, format('POLICY %I ON %s', polname, full_name), obj_description(p.oid, 'pg_policy') FROM pg_policy AS p, t WHERE polrelid = $1::oid
  UNION ALL SELECT 0, format('STATISTICS %I.%I', nspname, stxname), obj_description(s.oid, 'pg_statistic_ext') FROM statistics AS s),
policies AS (
  SELECT p.*, p.polrelid::regclass::text AS on_table, pg_get_expr(polqual, polrelid) AS using_text, pg_get_expr(polwithcheck, polrelid) AS check_text,
    (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY n)
     FROM unnest(p.polroles) WITH ORDINALITY AS u (r, n)) AS roles
  FROM pg_policy AS p
  WHERE polrelid = $1::oid OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid)),
items (part, place, kind, name, definition, statement) AS (
  SELECT 10, c.place, 'column', attname::text,
    format('%s. %s%s%s%s storage %s compression %s', c.place, format_type(atttypid, atttypmod),
           CASE WHEN attcollation <> 0 THEN ' collate ' || attcollation::regcollation ELSE '' END,
           CASE WHEN attnotnull THEN ' not null' ELSE '' END,
           CASE attgenerated WHEN '' THEN coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
                             ELSE ' generated ' || pg_get_expr(adbin, adrelid) END,
           attstorage, attcompression), ''
  FROM columns AS c LEFT JOIN pg_attrdef AS f ON f.adrelid = $1::oid AND f.adnum = c.attnum
  UNION ALL
  SELECT 11, c.place, 'column option', attname::text, format('statistics %s options %s', attstattarget, o.text),
    concat_ws('; ', CASE WHEN attstattarget <> -1 THEN format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', full_name, attname, attstattarget) END,
                    CASE WHEN o.text IS NOT NULL THEN format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', full_name, attname, o.text) END)
  FROM columns AS c CROSS JOIN t,
    LATERAL (SELECT string_agg(u, ', ') AS text FROM unnest(attoptions) AS u WHERE u LIKE 'n\_distinct%') AS o
  WHERE attstattarget <> -1 OR o.text IS NOT NULL
  UNION ALL
  SELECT 15, 0, 'owner', '', pg_get_userbyid(relowner), format('ALTER TABLE %s OWNER TO %I', full_name, pg_get_userbyid(relowner)) FROM t
  UNION ALL
  SELECT 20, 0, 'check', conname::text, pg_get_constraintdef(k.oid),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', full_name, conname, pg_get_constraintdef(k.oid)) FROM own_checks AS k, t
  UNION ALL
  SELECT 30, 0, 'index', relname::text, d.text || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END, d.text
  FROM indexes, LATERAL (SELECT regexp_replace(pg_get_indexdef(indexrelid), '^(CREATE (?:UNIQUE )?INDEX \S+ ON )ONLY ', '\1') AS text) AS d
  UNION ALL
  SELECT 40, 0, 'foreign key', conname::text, pg_get_constraintdef(k.oid),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', full_name, conname, pg_get_constraintdef(k.oid)) FROM foreign_keys AS k, t
  UNION ALL
  SELECT 45, c.place, 'sequence', d.objid::regclass::text, attname::text,
    format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, full_name, attname)
  FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN columns AS c ON c.attnum = d.refobjsubid CROSS JOIN t
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.deptype = 'a'
  UNION ALL
  SELECT 50, 0, 'security', '', format('enabled %s, forced %s', relrowsecurity, relforcerowsecurity),
    format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', full_name,
           CASE WHEN relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END, CASE WHEN relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END) FROM t
  UNION ALL
  SELECT 55, 0, 'policy', polname::text, d.text, d.text
  FROM policies, LATERAL (SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', polname, on_table,
    CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
    CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, roles,
    ' USING (' || using_text || ')', ' WITH CHECK (' || check_text || ')') AS text) AS d WHERE polrelid = $1::oid
  UNION ALL
  SELECT 60, 0, 'trigger', tgname::text, format('%s (%s)', pg_get_triggerdef(g.oid), tgenabled),
    pg_get_triggerdef(g.oid) || CASE tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %s %s TRIGGER %I', full_name,
      CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, tgname) END
  FROM triggers AS g, t
  UNION ALL
  SELECT 70, place, 'grant', format('%s to %s', privilege_type || coalesce(' (' || quote_ident(of_column) || ')', ''), role),
    CASE WHEN is_grantable THEN 'with grant option' ELSE 'plain' END,
    format('GRANT %s%s ON TABLE %s TO %s%s', privilege_type, ' (' || quote_ident(of_column) || ')', full_name, role,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM named_grants, t
  UNION ALL
  SELECT 75, 0, 'replica identity', '', concat_ws(' ', relreplident, i.relname), CASE relreplident WHEN 'd' THEN '' ELSE
    format('ALTER TABLE %s REPLICA IDENTITY %s', full_name,
           CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE format('USING INDEX %I', i.relname) END) END
  FROM t LEFT JOIN (SELECT c.relname FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid
                    WHERE x.indrelid = $1::oid AND x.indisreplident) AS i ON true
  UNION ALL
  SELECT 80, 0, 'statistics', format('%I.%I', nspname, stxname), format('%s target %s', d.text, stxstattarget),
    d.text || CASE WHEN stxstattarget = -1 THEN '' ELSE format('; ALTER STATISTICS %I.%I SET STATISTICS %s', nspname, stxname, stxstattarget) END
  FROM statistics, LATERAL (SELECT pg_get_statisticsobjdef(statistics.oid) AS text) AS d
  UNION ALL
  SELECT 85, 0, 'publication', pubname::text, d.text, d.text
  FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid CROSS JOIN t,
    LATERAL (SELECT format('ALTER PUBLICATION %I ADD TABLE %s%s%s', pubname, full_name,
      (SELECT ' (' || string_agg(quote_ident(attname), ', ' ORDER BY a.attnum) || ')' FROM columns AS a WHERE a.attnum = ANY (prattrs::int2[])),
      ' WHERE (' || pg_get_expr(prqual, prrelid) || ')') AS text) AS d
  WHERE prrelid = $1::oid
  UNION ALL
  SELECT 90, 0, 'view', v.oid::regclass::text, d.text, d.text
  FROM pg_class AS v, LATERAL (SELECT format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
      ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)) AS text) AS d
  WHERE v.oid IN (SELECT oid FROM dependents) AND v.relkind = 'v'
  UNION ALL
  SELECT 91, 0, 'policy elsewhere', format('%I on %s', polname, on_table), d.text, d.text
  FROM policies, LATERAL (SELECT format('ALTER POLICY %I ON %s%s%s', polname, on_table, ' USING (' || using_text || ')',
                                        ' WITH CHECK (' || check_text || ')') AS text) AS d WHERE polrelid <> $1::oid
  UNION ALL
  SELECT 92, 0, 'function', f.oid::regprocedure::text, d.text, d.text
  FROM pg_proc AS f, LATERAL (SELECT pg_get_functiondef(f.oid) AS text) AS d
  WHERE f.oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = $1::oid)
  UNION ALL
  SELECT 95, place, 'comment', what, text, format('COMMENT ON %s IS %L', what, text) FROM commented WHERE text IS NOT NULL
  UNION ALL
  SELECT 99, 0, 'materialized view', v.oid::regclass::text, pg_get_viewdef(v.oid), ''
  FROM pg_class AS v WHERE v.oid IN (SELECT oid FROM dependents) AND v.relkind = 'm'
)
SELECT kind, name, definition, statement FROM items ORDER BY part, place, name)sql";

bool listed(const std::vector<std::string>& kinds, const std::string& kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

const Item* find_equal_name(const Portrait& portrait, const Item& item) {
  const auto found = std::find_if(portrait.begin(), portrait.end(), [&](const Item& other) {
    return other.kind == item.kind && other.name == item.name;
  });
  return found == portrait.end() ? nullptr : &*found;
}

std::string name_of(const Item& item) {
  return item.name.empty() ? item.kind : item.kind + " " + item.name;
}

}  // namespace

PortraitAnswer take_portrait(migrations::Session& session, const std::string& table) {
  PortraitAnswer result;
  result.answer = session.run("SELECT to_regclass($1)::oid", {table});
  if (!result.answer) {
    return result;
  }
  result.answer = session.run(portrait_sql, {result.answer.value()});
  if (!result.answer) {
    return result;
  }
  for (int row = 0; row < result.answer.rows(); ++row) {
    result.items.push_back({result.answer.cell(row, 0), result.answer.cell(row, 1), result.answer.cell(row, 2),
                            result.answer.cell(row, 3)});
  }
  return result;
}

std::vector<std::string> differences(const Portrait& before, const Portrait& after,
                                     const std::vector<std::string>& ignored) {
  std::vector<std::string> sentences;
  for (const auto& item : before) {
    if (listed(ignored, item.kind)) {
      continue;
    }
    const Item* found = find_equal_name(after, item);
    if (found == nullptr) {
      sentences.push_back(name_of(item) + " is missing");
    } else if (found->definition != item.definition) {
      sentences.push_back(fmt::format("{} differs: {} became {}", name_of(item), item.definition, found->definition));
    }
  }
  for (const auto& item : after) {
    if (!listed(ignored, item.kind) && find_equal_name(before, item) == nullptr) {
      sentences.push_back(name_of(item) + " was not there before");
    }
  }
  return sentences;
}

}  // namespace salesflow::partitions
