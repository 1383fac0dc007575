// The checks: one row each with its statement, its level and its texts in both languages.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/core/query.hpp"
#include "platform/doctor/doctor.hpp"

namespace salesflow::doctor {

struct CheckTexts {
  std::string_view title;     // what is wrong: "Index that nobody uses"
  std::string_view evidence;  // with {names} of the finding's evidence
  std::string_view risk;      // of the remedy: its lock, what it may break
  std::string_view advice;    // what to do where no statement mends it
};

/// What a check needs to see all that it is about.
enum Need : unsigned { statements = 1, migrated = 2, primary = 4, sessions = 8, tables = 16 };

struct Check {
  std::string_view id;
  Level level;
  unsigned needs;
  const Query* query;  // what finds it; nullptr where C++ does (find_… in examine)
  CheckTexts en, de;

  const CheckTexts& texts(Language language) const { return language == Language::de ? de : en; }
};

std::span<const Check> all_checks();
/// nullptr when there is none.
const Check* find_check(std::string_view id);

std::string_view to_string(Level level);
/// The evidence as a sentence.
std::string describe(const Finding& finding, Language language);
/// Why something was not seen, and what would let it be seen, as a sentence.
std::string describe(const NotSeen& not_seen, Language language);

}  // namespace salesflow::doctor
