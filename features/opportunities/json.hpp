// The JSON columns of contacts and deals that a folder fills.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace salesflow::opportunities {

/// A JSON object of what is not empty.
std::string object_of(const std::vector<std::pair<std::string_view, std::string>>& members);
/// One line of a deal's products; without a price when it is "".
std::string products_of(const std::string& name, const std::string& price);

}  // namespace salesflow::opportunities
