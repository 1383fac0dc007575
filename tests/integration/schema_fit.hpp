// Whether answers fit the schemas that /openapi.json serves.
#pragma once

#include "tests/integration/running_server.hpp"

namespace salesflow::test {

/// The first thing in which an answer differs from what the document says of this operation ("get", "/api/leads") and
/// status; "" when it fits. Members that are not documented are misfits, too.
std::string misfit(const json::value& document, std::string_view path, std::string_view method,
                   const JsonAnswer& answer);

/// The same of one event of a stream: its name, its id ("" without one), its data.
std::string misfit_of_event(const json::value& document, std::string_view path, std::string_view event,
                            std::string_view id, std::string_view data);

}  // namespace salesflow::test
