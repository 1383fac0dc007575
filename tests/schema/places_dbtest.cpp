// Where rows are: what moves an organisation or a user to another database reads this.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "tests/support/names_in.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::TestDatabase;

/// Table → user | org | accounts: by the key that its row level security compares, else by the key that it has. The
/// outbox holds everybody's rows, for moments.
std::map<std::string, std::string> places(TestDatabase& database) {
  const auto rows = database.run(R"sql(
SELECT CASE c.relnamespace WHEN 'public'::regnamespace THEN '' ELSE 'salesflow.' END || c.relname,
       CASE WHEN c.relname IN ('users', 'organizations', 'org_members', 'outbox') OR c.relnamespace = 'salesflow'::regnamespace THEN 'accounts'
            WHEN bool_or(p.qual ~ 'app\.user_id') THEN 'user' WHEN bool_or(p.qual ~ 'app\.org_id') THEN 'org'
            WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'user_id') THEN 'user' ELSE '' END
FROM pg_class AS c LEFT JOIN pg_policies AS p ON (p.schemaname, p.tablename, p.policyname) =
  (c.relnamespace::regnamespace::text, c.relname, 'salesflow_app_wall')
WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN ('public', 'salesflow')
GROUP BY c.oid, c.relname, c.relnamespace
UNION ALL SELECT name, replace(groups[1], '_id', '') FROM salesflow.rollups
UNION ALL SELECT viewname, 'user' FROM pg_views WHERE schemaname = 'public' AND viewname ~ '^(my|our)_')sql");
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < rows.rows.size(); ++i)
    found[rows.value(i, 0)] = rows.value(i, 1);
  found["auth.users"] = "accounts";
  return found;
}

TEST(Places, EveryStatementSaysWhereTheRowsAreThatItReadsAndWrites) {
  TestDatabase database;
  const auto of_table = places(database);
  std::map<std::string_view, std::string_view> said;
  for (const auto& one : all_statement_rows())
    said[one.name] = one.place;
  std::set<std::string_view> looked_at;
  for (const auto& entry : all_statements()) {
    if (!looked_at.insert(entry.query->name).second)
      continue;  // variants read the same tables
    std::set<std::string> there;
    for (const auto list : {entry.query->reads, entry.query->writes}) {
      for (const auto& table : test::names_in(list)) {
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

}  // namespace
}  // namespace salesflow
