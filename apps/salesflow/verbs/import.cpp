// salesflow import: files into the database. Each kind is a file beside this one.
#include "apps/salesflow/verbs/verbs.hpp"

namespace salesflow::apps {

void add_import(CLI::App& app, int& exit_code) {
  auto* import = app.add_subcommand("import", "Import files: checked row by row, stored batch by batch");
  import->require_subcommand(1);
  add_import_events(*import, exit_code);
  add_import_leads(*import, exit_code);
  add_import_opportunities(*import, exit_code);
}

}  // namespace salesflow::apps
