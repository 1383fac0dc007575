// The names in a list of a statement's header.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace salesflow::test {

/// "contacts, salesflow.sessions" → both; nothing for "none".
inline std::set<std::string> names_in(std::string_view comma_separated) {
  std::set<std::string> names;
  std::string name;
  for (const char c : std::string(comma_separated) + ",") {
    if (c == ',')
      names.insert(std::exchange(name, {}));
    else if (c != ' ')
      name += c;
  }
  names.erase("none");
  names.erase("");
  return names;
}

}  // namespace salesflow::test
