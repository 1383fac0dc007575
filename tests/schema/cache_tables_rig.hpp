// A generated database and what cache/tables.cpp says: the base of the tests that hold the one against the other.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/salesflow/cache/tables.hpp"
#include "tests/schema/generated_database.hpp"

namespace salesflow::test {

using Names = std::set<std::string>;

/// A roll-up is a view over two tables.
inline std::string relation_of(std::string table) {
  for (const std::string_view part : {"_folded", "_deltas"}) {
    if (table.ends_with(part))
      table.resize(table.size() - part.size());
  }
  return table;
}

inline Names sources_of(const Names& tables) {
  Names sources;
  for (const std::string& table : tables) {
    for (const std::string_view source : apps::stands_for(table))
      sources.emplace(source);
  }
  return sources;
}

inline Names names_of(std::string_view list) {
  return list.starts_with("none") ? Names{} : names_in(list);
}

class CacheTables : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made = std::make_unique<GeneratedDatabase>();
    const auto options = GeneratedDatabase::options(3, 3'000, 300);
    made->load(options);
    made->database.run(fill_the_rest);
    made->finish(options.demo_email);
    made->database.run(
        "INSERT INTO users (id, email, password_hash, name) VALUES (gen_random_uuid(), 'alone@example.com', 'none', "
        "'Alone')");
    made->database.run(
        "INSERT INTO salesflow.password_reset_tokens (token_hash, user_id, expires_at) SELECT sha256('reset'), id, "
        "now() + interval '1 hour' FROM users WHERE email = 'alone@example.com'");
    made->database.run(
        "UPDATE dm_conversations SET status = 'in_sequence', sequence_paused = false, next_sequence_action_at = now() "
        "- "
        "interval '1 hour' WHERE id IN (SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY id LIMIT 3)",
        {made->tenant.user_id->to_string()});
    made->database.run("VACUUM (ANALYZE)");
  }
  static void TearDownTestSuite() { made.reset(); }

  static TestDatabase& database() { return made->database; }
  static Names names(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {}) {
    const auto rows = database().run(sql, parameters);
    Names found;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      found.insert(rows.value(i));
    return found;
  }
  static std::string as_tenant() {
    return fmt::format(
        "SET LOCAL search_path = salesflow_app, public, extensions; SELECT set_config('app.user_id', '{}', true), "
        "set_config('app.org_id', '{}', true); ",
        made->tenant.user_id->to_string(), made->tenant.org_id->to_string());
  }
  /// PREPARE checked (types) AS the statement.
  static std::string prepare(const Query& query) {
    std::string types;
    for (const auto oid : query.types)
      types += fmt::format("{}{}", types.empty() ? "" : ", ", type_name(oid));
    return fmt::format("PREPARE checked{} AS {}", types.empty() ? "" : "(" + types + ")", query.text);
  }
  static const std::string& type_name(std::uint32_t oid) {
    static std::map<std::uint32_t, std::string> known;
    auto& name = known[oid];
    if (name.empty())
      name = database().run("SELECT format_type($1, NULL)", {std::to_string(oid)}).value();
    return name;
  }

  static inline std::unique_ptr<GeneratedDatabase> made;
};

}  // namespace salesflow::test
