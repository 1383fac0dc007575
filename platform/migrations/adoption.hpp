// What a run of the migrations means for what the database holds already, and what down costs.
#pragma once

#include <vector>

#include "platform/migrations/migration_file.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// A table as an ensure_table call wants it, or, without columns, one that a roll-up stands on.
struct WantedTable {
  std::string table;                                         // "public.leads"
  std::vector<std::pair<std::string, std::string>> columns;  // name, type
  int version = 0;
  bool own = false;  // SalesFlow's alone (ensure_own_table): a found one of that name is somebody else's
};
std::vector<WantedTable> wanted_tables(const std::vector<Migration>& migrations);

/// Tables and columns that `steps` add or find, from the ensure_table calls of their files; policies, triggers and
/// indexes that stay on found tables; objects whose names our files make.
Result<void> find_adopted(Session& session, const std::vector<Migration>& migrations, const std::vector<Entry>& steps,
                          std::vector<Finding>& findings);

/// The tables and columns that taking `steps` back drops, with the rows, and the values that
/// are not just a default; counted, or estimated after 5 s a table. What has nothing to lose is left out.
Result<void> find_losses(Session& session, const std::vector<const Migration*>& steps, std::vector<Loss>& losses);

}  // namespace salesflow::migrations
