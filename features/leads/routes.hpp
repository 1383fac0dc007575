// Leads over HTTP (contract 2.11), and the list of verifications.
#pragma once

#include <vector>

#include "features/leads/leads.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::leads {

std::vector<http::Route> routes(Leads& leads, Clock clock = system_now);

}  // namespace salesflow::leads
