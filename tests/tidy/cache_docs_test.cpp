// Operators read the policies of the cache in docs/operations.md: it says what the code does.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "build_paths.hpp"
#include "platform/cache/shared.hpp"

namespace salesflow {
namespace {

std::string operations() {
  std::ifstream stream(std::string(SALESFLOW_SOURCE_DIR) + "/docs/operations.md");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> rows_behind(const std::string& text, const std::string& head) {
  std::vector<std::string> rows;
  std::istringstream lines(text.substr(std::min(text.find(head), text.size())));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);  // |---|
  while (std::getline(lines, line) && line.starts_with("|"))
    rows.push_back(line);
  return rows;
}

TEST(CacheDocs, ListThePoliciesAsTheyAre) {
  std::vector<std::string> wanted;
  for (const cache::Policy& policy : cache::default_policies())
    wanted.push_back(fmt::format("| {} | {} | {} s | {} s, {} s | {} |", policy.name,
                                 policy.kind == cache::Kind::strict ? "strict" : "bounded", policy.ttl.count() / 1000,
                                 policy.client_max_age.count(), policy.client_stale.count(), policy.what));
  EXPECT_EQ(rows_behind(operations(), "| policy | kind | age at most |"), wanted);
}

TEST(CacheDocs, NameEverySettingAndMetric) {
  const std::string text = operations();
  ConfigReader reader([](const std::string&) { return std::nullopt; });
  const cache::Settings settings = cache::Settings::read(reader);
  for (const auto& declared : reader.settings()) {
    if (declared.name.starts_with("SALESFLOW_CACHE_TTL_"))
      continue;
    EXPECT_NE(text.find("`" + declared.name + "`"), std::string::npos) << declared.name;
  }
  telemetry::Registry registry;
  const cache::Shared shared(settings, registry);
  std::istringstream lines(registry.expose());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE salesflow_cache_"))
      continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_NE(text.find(name.substr(std::string("salesflow_cache").size())), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace salesflow
