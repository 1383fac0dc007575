// Where rows are: what moves an organisation or a user to another database reads this.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::TestDatabase;

/// Table → user | org | accounts, by the key that its row level security compares. Views are their tables' business.
std::map<std::string, std::string> places(TestDatabase& database) {
  const auto rows = database.run(
      "SELECT CASE c.relnamespace WHEN 'public'::regnamespace THEN '' ELSE 'salesflow.' END || c.relname, "
      "CASE WHEN c.relname IN ('users', 'organizations', 'org_members') OR c.relnamespace = 'salesflow'::regnamespace "
      "THEN "
      "'accounts' WHEN bool_or(p.qual ~ '\\muser_id = .*app\\.user_id') THEN 'user' "
      "WHEN bool_or(p.qual ~ '\\morg_id = .*app\\.org_id') THEN 'org' ELSE '' END "
      "FROM pg_class AS c LEFT JOIN pg_policies AS p ON (p.schemaname, p.tablename, p.policyname) = "
      "(c.relnamespace::regnamespace::text, c.relname, 'salesflow_app_wall') "
      "WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN ('public', 'salesflow') "
      "GROUP BY c.relname, c.relnamespace");
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < rows.rows.size(); ++i)
    found[rows.value(i, 0)] = rows.value(i, 1);
  found["auth.users"] = "accounts";
  return found;
}

std::set<std::string> tables_in(std::string_view list) {
  std::set<std::string> tables;
  std::string name;
  for (const char c : std::string(list) + ",") {
    if (c == ',')
      tables.insert(std::exchange(name, {}));
    else if (c != ' ')
      name += c;
  }
  tables.erase("none");
  tables.erase("");
  return tables;
}

TEST(Places, EveryStatementSaysWhereTheRowsAreThatItReadsAndWrites) {
  TestDatabase database;
  const auto of_table = places(database);
  std::map<std::string_view, std::string_view> said;
  for (const auto& one : all_statement_rows())
    said[one.name] = one.place;
  for (const auto& entry : all_statements()) {
    std::set<std::string> there;
    for (const auto list : {entry.query->reads, entry.query->writes}) {
      for (const auto& table : tables_in(list)) {
        const auto place = of_table.find(table);
        if (place == of_table.end())
          ADD_FAILURE() << entry.query->name << ": " << table << " is no table";
        else
          there.insert(place->second);
      }
    }
    EXPECT_EQ(said.at(entry.query->name), there.empty()      ? "none"
                                          : there.size() > 1 ? "mixed"
                                                             : *there.begin())
        << entry.query->name;
  }
}

/// A publication with a row filter needs the filtered column in the table's identity, else it breaks its writers.
TEST(Places, EveryTenantTableHasAKeyThatContainsItsTenant) {
  TestDatabase database;
  for (const auto& [table, place] : places(database)) {
    if (place != "user" && place != "org")
      continue;
    const auto usable = database.run(
        "SELECT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = $1::regclass AND c.relreplident = 'f') OR EXISTS "
        "(SELECT FROM pg_index AS i WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indimmediate AND i.indpred "
        "IS "
        "NULL AND 0 <> ALL (i.indkey::int2[]) AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = "
        "i.indrelid "
        "AND a.attnum = ANY (i.indkey[:i.indnkeyatts - 1]) AND NOT a.attnotnull) AND (SELECT a.attnum FROM "
        "pg_attribute AS a "
        "WHERE a.attrelid = i.indrelid AND a.attname = $2) = ANY (i.indkey[:i.indnkeyatts - 1]))",
        {table, place == "user" ? "user_id" : "org_id"});
    EXPECT_EQ(usable.value(), "t") << table << " could not be moved with its tenant";
  }
}

/// Rows written under the name of a partition, or of a table of another database, would be nobody's.
TEST(Places, NoTriggerUsesTheNameOfItsTable) {
  TestDatabase database;
  EXPECT_EQ(
      database
          .run("SELECT coalesce(string_agg(oid::regprocedure::text, ', '), 'none') FROM pg_proc WHERE pronamespace "
               "= 'salesflow'::regnamespace AND prorettype = 'trigger'::regtype AND prosrc ~ 'TG_(TABLE|REL)'")
          .value(),
      "none");
}

}  // namespace
}  // namespace salesflow
