// Which forms a migration must not have, because they stop a serving database or cannot be taken back.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/migration_file.hpp"

namespace salesflow::migrations {

struct LintProblem {
  std::string file;
  int line = 1;
  std::string rule;     // short name, stable
  std::string what;     // what is wrong and what it does to a serving database
  std::string instead;  // what to write
};

/// Reads migration files (up and down) in the given order; a column checked in one file is known in later ones.
/// Bodies of functions are not read (they do not run here); bodies of DO are, but not text that they EXECUTE.
std::vector<LintProblem> lint_files(const std::vector<EmbeddedFile>& files);

}  // namespace salesflow::migrations
