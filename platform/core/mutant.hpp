// Mutants: faults that the history checker must find. They exist in its binary alone (SALESFLOW_MUTANTS).
#pragma once

#include <cstdlib>
#include <string_view>

namespace salesflow {

#ifdef SALESFLOW_MUTANTS
/// The one that the environment variable SALESFLOW_MUTANT names is at work.
inline bool is_mutant(std::string_view name) {
  static const char* const chosen = std::getenv("SALESFLOW_MUTANT");
  return chosen && name == chosen;
}
#else
constexpr bool is_mutant(std::string_view) {
  return false;
}
#endif

}  // namespace salesflow
