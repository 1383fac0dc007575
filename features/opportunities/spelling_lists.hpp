// Usual words that values of a file are compared with, to tell their misspellings. A word that is missing here is never
// complained about by itself.
#pragma once

#include <string>
#include <vector>

namespace salesflow::opportunities {

const std::vector<std::string>& usual_sectors();
const std::vector<std::string>& country_names();

}  // namespace salesflow::opportunities
