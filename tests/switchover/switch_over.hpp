// One Monday on one found database: filled, adopted, served to its people and given back, while the old service goes
// on. What took how long, and what was not as promised.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/found_database.hpp"
#include "tests/switchover/kept_rows.hpp"
#include "tests/switchover/old_service.hpp"

namespace salesflow::test {

struct SwitchOver {
  std::string shape;                                  // FoundShape::describe()
  std::vector<std::pair<std::string, double>> steps;  // name and seconds, in their order
  std::map<std::string, OldServiceCounts> old_service;
  std::vector<std::string> refusals;  // of the old service, which the found database would not have made
  int refusals_named = 0;             // of them, statements that plan names as refused
  std::vector<TableFate> after_up, after_down;
  bool dry_run_changed_schema = false, schema_equal = false, roles_equal = false;
  std::vector<std::string> failed_commands;  // of salesflow, with the end of what they printed
  int logins = 0;                            // of 8
  std::vector<std::string> failed_logins;
  int routes = 0;                          // GET routes of the document
  std::map<int, int> answers;              // by status; 0: none within 20 s
  std::vector<std::string> server_errors;  // a 5xx: request, answer and what the log says
  std::vector<std::string> slowest;        // requests
};

struct SwitchOverOptions {
  /// What the commands print goes to build/bench/soak-switchover-NAME-N.log.
  std::string name;
  FoundShape shape;
  FoundSizes sizes = FoundSizes::large();
  /// The screens are asked again and again for so long, at least once each as each user.
  std::chrono::seconds serve_for{60};
};

/// Throws std::runtime_error where going on makes no sense (the server does not start). Tells what it does on stderr.
SwitchOver switch_over(FoundServer& server, const SwitchOverOptions& options);

}  // namespace salesflow::test
