#include "platform/migrations/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace salesflow::migrations {

Result<std::vector<Migration>> migrations_of(const Options& options) {
  if (!options.migrations.empty()) {
    return options.migrations;
  }
  return embedded_migrations();
}

/// The highest version that stays or goes in: "" = all, "none" = 0, a phase = its last, a number = itself.
Result<int> target_version(const std::string& to, const std::vector<Migration>& migrations) {
  const int last = migrations.empty() ? 0 : migrations.back().version;
  if (to.empty()) {
    return last;
  }
  if (to == "none") {
    return 0;
  }
  if (const auto phase = parse_phase(to)) {
    int version = 0;
    for (const auto& migration : migrations) {
      version = migration.phase <= *phase ? migration.version : version;
    }
    return version;
  }
  for (const auto& migration : migrations) {
    if (to == migration.name || (to.find_first_not_of("0123456789") == std::string::npos && to.size() < 9 &&
                                 std::stoi(to) == migration.version)) {
      return migration.version;
    }
  }
  return fail(Errc::invalid_argument, fmt::format("there is no phase or migration \"{}\"", to), "to");
}

Entry entry_of(const Migration& migration, std::string state) {
  Entry entry;
  entry.version = migration.version;
  entry.name = migration.name;
  entry.phase = to_string(migration.phase);
  entry.state = std::move(state);
  entry.transactional = migration.transactional;
  entry.lock = migration.lock;
  entry.why = migration.why;
  return entry;
}

std::string state_of(const Migration& migration, const Ledger& ledger) {
  const auto row = ledger.find(migration.version);
  if (row == ledger.end())
    return "pending";
  if (row->second.running)
    return "running";
  return row->second.checksum == migration.checksum && row->second.name == migration.name ? "applied" : "edited";
}

Result<std::vector<const Migration*>> steps_down(const std::vector<Migration>& migrations, const Ledger& ledger,
                                                 int target) {
  std::vector<const Migration*> steps;
  for (auto row = ledger.rbegin(); row != ledger.rend() && row->first > target; ++row) {
    const auto migration =
        std::find_if(migrations.begin(), migrations.end(), [&](const Migration& m) { return m.version == row->first; });
    if (migration == migrations.end()) {
      return fail(
          Errc::conflict,
          fmt::format(
              "{} was applied by another version of salesflow, which alone can take it back; nothing was changed",
              row->second.name));
    }
    if (!migration->down_sql) {
      return fail(Errc::conflict, fmt::format("{}.down.sql is missing; nothing was changed", migration->name));
    }
    steps.push_back(&*migration);
  }
  return steps;
}

}  // namespace salesflow::migrations
