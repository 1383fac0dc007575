// HTTP of imports: paths and field names of contract 2.11, jobs and reports on top.
#pragma once

#include <vector>

#include "features/imports/imports.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::imports {

/// `imports` must outlive the routes.
std::vector<http::Route> routes(Imports& imports);

}  // namespace salesflow::imports
