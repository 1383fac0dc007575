// Which migrations a run is about: the files, the target, and how the ledger sees each of them.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/ledger.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::migrations {

/// options.migrations, or the binary's own.
Result<std::vector<Migration>> migrations_of(const Options& options);
/// The highest version that stays or goes in: "" = all, "none" = 0, a phase = its last, a number or name = itself.
Result<int> target_version(const std::string& to, const std::vector<Migration>& migrations);
/// pending | running | applied | edited
std::string state_of(const Migration& migration, const Ledger& ledger);
/// The migrations that stand above `target`, newest first. Errors: conflict where one cannot be taken back.
Result<std::vector<const Migration*>> steps_down(const std::vector<Migration>& migrations, const Ledger& ledger,
                                                 int target);
Entry entry_of(const Migration& migration, std::string state);

}  // namespace salesflow::migrations
