#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "build_paths.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {
namespace {

std::string create_table(const FoundShape& shape, const FoundTable& table) {
  std::string columns;
  for (const auto& [name, form] : shape.columns_of(table)) {
    columns += fmt::format("{}\n  {} {}{}{}{}", columns.empty() ? "" : ",", name, form.type,
                           form.standard.empty() ? "" : " DEFAULT " + form.standard,
                           form.generated.empty() ? "" : " GENERATED ALWAYS AS (" + form.generated + ") STORED",
                           name == "id"    ? " PRIMARY KEY"
                           : form.not_null ? " NOT NULL"
                                           : "");
  }
  return fmt::format("CREATE TABLE {} ({});\n", table.name, columns);
}

std::string surroundings(const FoundShape& shape) {
  std::ifstream file(SALESFLOW_SOURCE_DIR "/tests/support/found_surroundings.sql");
  if (!file)
    throw std::runtime_error("found_surroundings.sql cannot be read");
  std::string sql;
  bool wanted = false;
  const std::string mark = "-- needs: ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(mark))
      wanted = has_all(shape, line.substr(mark.size()));
    else if (wanted)
      sql += line + "\n";
  }
  return sql;
}

}  // namespace

std::string found_roles_sql(const std::string& owner_password) {
  return fmt::format(R"sql(
    CREATE ROLE anon NOLOGIN NOINHERIT;
    CREATE ROLE authenticated NOLOGIN NOINHERIT;
    CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
    CREATE ROLE authenticator NOINHERIT LOGIN PASSWORD '{1}';
    CREATE ROLE auth_admin NOLOGIN NOINHERIT CREATEROLE;
    CREATE ROLE {0} LOGIN CREATEROLE CREATEDB BYPASSRLS REPLICATION PASSWORD '{1}';
    GRANT anon, authenticated, service_role TO authenticator;
    GRANT anon, authenticated, service_role TO {0};
    ALTER ROLE anon SET statement_timeout = '3s';
    ALTER ROLE authenticated SET statement_timeout = '8s')sql",
                     found_owner, owner_password);
}

std::string found_platform_sql(const FoundShape& shape) {
  std::string auth_users;
  for (const auto& table : found_tables()) {
    if (table.name == "auth.users")
      auth_users = create_table(shape, table);
  }
  const std::string owner = shape.owner == FoundOwner::superuser ? "postgres" : found_owner;
  return fmt::format(R"sql(
    CREATE SCHEMA auth AUTHORIZATION auth_admin;
    CREATE SCHEMA extensions;
    CREATE EXTENSION pgcrypto SCHEMA extensions;
    {1}
    ALTER TABLE auth.users OWNER TO auth_admin;
    ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
    CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
      SELECT coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{{}}')::jsonb $$;
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
      SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
    CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT auth.jwt() ->> 'role' $$;
    ALTER FUNCTION auth.jwt() OWNER TO auth_admin;
    ALTER FUNCTION auth.uid() OWNER TO auth_admin;
    ALTER FUNCTION auth.role() OWNER TO auth_admin;
    GRANT USAGE ON SCHEMA auth, extensions TO {0}, anon, authenticated, service_role;
    GRANT ALL ON auth.users TO {0};
    GRANT ALL ON SCHEMA public TO {0};
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
    CREATE DOMAIN public.vector AS real[];
    ALTER DOMAIN public.vector OWNER TO {0};
    ALTER DEFAULT PRIVILEGES FOR ROLE {0} IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE {0} IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE {0} IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role)sql",
                     owner, auth_users);
}

std::string found_schema_sql(const FoundShape& shape) {
  std::string sql;
  for (const auto& table : found_tables()) {
    if (table.name != "auth.users" && shape.has(table.name))
      sql += create_table(shape, table);
  }
  return sql + surroundings(shape);
}

}  // namespace salesflow::test
