#include "platform/migrations/found_people.hpp"

#include <algorithm>

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

/// As salesflow.connect_auth() of 0070_base_found_people will decide. Only by the catalogue: the schema may be closed.
constexpr const char* reach_sql = R"sql(
SELECT CASE
  WHEN NOT reach.reads THEN format('cannot be read: people known to it alone cannot log in with their password. Let its owner run: '
    'GRANT USAGE ON SCHEMA auth TO %1$I; GRANT SELECT, UPDATE (encrypted_password) ON auth.users TO %1$I;', current_user)
  WHEN NOT reach.writes THEN format('people known to it log in with their password and change it where it was made. To change it here, '
    'let its owner run: GRANT UPDATE (encrypted_password) ON auth.users TO %I;', current_user)
  ELSE 'people known to it log in with their password, and get their row in users then; a password set here is written there too' END
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'auth'
JOIN pg_attribute AS e ON e.attrelid = c.oid AND e.attname = 'email' AND NOT e.attisdropped
LEFT JOIN pg_attribute AS h ON h.attrelid = c.oid AND h.attname = 'encrypted_password' AND NOT h.attisdropped
JOIN pg_roles AS r ON r.rolname = current_user
CROSS JOIN LATERAL (SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND (NOT c.relrowsecurity OR r.rolsuper OR r.rolbypassrls OR pg_has_role(c.relowner, 'USAGE')) AS reads) AS may
CROSS JOIN LATERAL (SELECT may.reads, may.reads AND h.attnum IS NOT NULL AND has_column_privilege(c.oid, h.attnum, 'UPDATE') AS writes) AS reach
WHERE c.relname = 'users' AND c.relkind IN ('r', 'p'))sql";

}  // namespace

Result<void> find_people(Session& session, const std::vector<Entry>& steps, std::vector<Finding>& findings) {
  constexpr int found_people_version = 70;
  const auto concerns = [](const Entry& step) { return step.version == found_people_version; };
  if (std::none_of(steps.begin(), steps.end(), concerns))
    return {};
  const auto reach = session.run(reach_sql);
  if (!reach)
    return to_error(reach.error(), "looking at auth.users");
  if (reach.rows() > 0)
    findings.push_back({"keep", "table auth.users", reach.value()});
  return {};
}

}  // namespace salesflow::migrations
