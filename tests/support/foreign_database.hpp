// A database that someone else built, as SalesFlow finds it when it is adopted: hosted-platform roles and schema
// auth, the contract's tables in their older shapes, the strategy's own indexes and views, and rows that are odd.
#pragma once

#include <string>

namespace salesflow::test {

/// For a superuser in the cluster: roles anon, authenticated, service_role, and `owner` with CREATEROLE, all without
/// anything of SalesFlow.
std::string foreign_roles_sql(const std::string& owner, const std::string& password);
/// For a superuser in the database, which `owner` owns: schema auth with auth.uid(), extensions, a foreign neighbour.
std::string foreign_platform_sql(const std::string& owner);
/// For `owner` in the database: tables, rows (`events` of them in message_events), indexes, policies, triggers, views.
std::string foreign_tables_sql(int events);
/// One row a table of schemas public and auth: its name, and the statement that hashes the columns it has now. Asked
/// before the adoption, the statements tell later whether anything that was found has changed.
std::string foreign_columns_sql();

}  // namespace salesflow::test
