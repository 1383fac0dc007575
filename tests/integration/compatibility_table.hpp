// docs/compatibility.md as a table.
#pragma once

#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "build_paths.hpp"

namespace salesflow::test {

struct CompatibilityLine {
  std::string method, path, state;
  /// Whether SalesFlow answers it.
  bool is_served() const { return state == "served" || state == "changed" || state == "new"; }
};

inline std::vector<CompatibilityLine> read_compatibility_table() {
  std::ifstream file(std::string(SALESFLOW_SOURCE_DIR) + "/docs/compatibility.md");
  const std::regex row(R"(^\| (GET|POST|PUT|PATCH|DELETE) \| (\S+) \| (\w+) \|.*)");
  std::vector<CompatibilityLine> lines;
  for (std::string text; std::getline(file, text);) {
    std::smatch match;
    if (std::regex_match(text, match, row))
      lines.push_back({match[1], match[2], match[3]});
  }
  return lines;
}

}  // namespace salesflow::test
