// A report as JSON: for scripts, and for whoever shows it.
#pragma once

#include <boost/json/object.hpp>

#include "platform/doctor/checks.hpp"
#include "platform/doctor/doctor.hpp"

namespace salesflow::doctor {

/// {"ok", "exit_code", "database", "login", "version", "errors", "warnings", "findings": [{"id", "level", "object",
/// "title", "text", "evidence", "remedy", "risk", "undo", "advice"}], "not_seen": [{"what", "why", "text"}],
/// "looked_at": […]}. remedy and undo are null where there is none, and end with a semicolon else.
boost::json::object to_json(const Report& report, Language language);

}  // namespace salesflow::doctor
