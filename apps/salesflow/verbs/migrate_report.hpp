// What `salesflow migrate` says: each report as JSON and as lines for people.
#pragma once

#include <boost/json.hpp>
#include <vector>

#include "platform/migrations/lint.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::apps {

boost::json::object to_json(const migrations::UpReport& report);
boost::json::object to_json(const migrations::DownReport& report);
boost::json::object to_json(const migrations::StatusReport& report);
boost::json::object to_json(const migrations::PlanReport& report);
boost::json::array misfits_json(const migrations::PlanReport& report);
boost::json::object to_json(const migrations::DownPlan& report);
boost::json::object to_json(const migrations::VerifyReport& report);
boost::json::object to_json(const migrations::BackfillReport& report);
boost::json::object to_json(const std::vector<migrations::LintProblem>& problems);

/// On standard output; a DownPlan on standard error, because it stands before a question.
void print(const migrations::UpReport& report);
void print(const migrations::DownReport& report);
void print(const migrations::StatusReport& report);
void print(const migrations::PlanReport& report);
/// The part of a plan that says what does not fit and what is in the way.
void print_fit(const migrations::PlanReport& report, std::FILE* out);
void print(const migrations::DownPlan& report, std::FILE* out);
void print(const migrations::VerifyReport& report);
void print(const migrations::BackfillReport& report);
void print(const std::vector<migrations::LintProblem>& problems);

}  // namespace salesflow::apps
