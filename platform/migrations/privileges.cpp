#include "platform/migrations/privileges.hpp"

#include <regex>
#include <set>

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

// $1: relations that our files take over where they are found. A role of a superuser cannot be granted with good
// reason, so the table changes hands instead.
constexpr const char* missing_sql = R"sql(
WITH me AS (SELECT r.oid, quote_ident(r.rolname) AS name, r.rolsuper, r.rolcreaterole, quote_ident(current_database()) AS database
  FROM pg_roles AS r WHERE r.rolname = current_user),
wanted (role) AS (VALUES ('salesflow_owner'), ('salesflow_app'), ('salesflow_worker'), ('salesflow_auth'), ('salesflow_search')),
missing (place, what, statement) AS (
  SELECT 1, format('%s may not create the roles of the service', me.name), (SELECT string_agg(format('CREATE ROLE %s NOLOGIN;', w.role), ' ')
      FROM wanted AS w WHERE to_regrole(w.role) IS NULL) || format(' GRANT salesflow_owner, salesflow_search TO %s;', me.name)
  FROM me WHERE NOT me.rolcreaterole AND EXISTS (SELECT FROM wanted AS w WHERE to_regrole(w.role) IS NULL)
  UNION ALL
  SELECT 2, format('%s may not act as %s', me.name, w.role), format('GRANT %s TO %s;', w.role, me.name)
  FROM me JOIN wanted AS w ON w.role IN ('salesflow_owner', 'salesflow_search') AND to_regrole(w.role) IS NOT NULL
  WHERE NOT me.rolcreaterole AND NOT pg_has_role(to_regrole(w.role), 'USAGE')
  UNION ALL
  SELECT 3, format('%s may not create a schema in database %s', me.name, me.database), format('GRANT CREATE ON DATABASE %s TO %s;', me.database, me.name)
  FROM me WHERE NOT has_database_privilege(current_database(), 'CREATE')
  UNION ALL
  SELECT 4, format('%s may not make temporary tables, which definitions are compared by', me.name), format('GRANT TEMPORARY ON DATABASE %s TO %s;', me.database, me.name)
  FROM me WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
  UNION ALL
  SELECT 5, format('%s may not let salesflow_owner use schema public', me.name), format('GRANT USAGE, CREATE ON SCHEMA public TO %s WITH GRANT OPTION;', me.name)
  FROM me WHERE NOT has_schema_privilege('public', 'CREATE WITH GRANT OPTION')
    AND NOT (SELECT count(*) FROM pg_roles WHERE rolname = 'salesflow_owner' AND has_schema_privilege(oid, 'public', 'CREATE')
             AND has_schema_privilege('public', 'CREATE')) = 1
  UNION ALL
  SELECT 6, format('%s belongs to %s, whose role %s may not take', c.oid::regclass, o.rolname, me.name),
    CASE WHEN o.rolsuper THEN format('ALTER TABLE public.%I OWNER TO %s;', c.relname, me.name)
         ELSE format('GRANT %I TO %s;', o.rolname, me.name) END
  FROM me CROSS JOIN pg_class AS c JOIN pg_roles AS o ON o.oid = c.relowner
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname = ANY ($1::text[])
    AND NOT pg_has_role(c.relowner, 'USAGE')
)
SELECT string_agg(m.what, '; ' ORDER BY m.what), m.statement FROM missing AS m CROSS JOIN me WHERE NOT me.rolsuper
GROUP BY m.place, m.statement ORDER BY m.place, 1)sql";

/// Every public.name that the files make or change.
std::string relations_of(const std::vector<Migration>& migrations) {
  static const std::regex name(R"(public\.(\w+))");
  std::set<std::string> names;
  for (const auto& migration : migrations) {
    for (auto at = std::sregex_iterator(migration.up_sql.begin(), migration.up_sql.end(), name);
         at != std::sregex_iterator(); ++at) {
      names.insert((*at)[1]);
    }
  }
  std::string array;
  for (const auto& one : names) {
    array += (array.empty() ? "" : ",") + one;
  }
  return "{" + array + "}";
}

}  // namespace

Result<std::vector<MissingPrivilege>> find_missing_privileges(Session& session,
                                                              const std::vector<Migration>& migrations) {
  const auto rows = session.run(missing_sql, {relations_of(migrations)});
  if (!rows) {
    return to_error(rows.error(), "looking for missing privileges");
  }
  std::vector<MissingPrivilege> missing;
  for (int i = 0; i < rows.rows(); ++i) {
    missing.push_back({rows.cell(i, 0), rows.cell(i, 1)});
  }
  return missing;
}

}  // namespace salesflow::migrations
