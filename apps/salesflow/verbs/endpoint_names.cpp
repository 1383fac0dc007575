#include <algorithm>

#include "apps/salesflow/verbs/endpoints.hpp"

namespace salesflow::apps {

std::string endpoints_of(std::string_view statement) {
  const auto dot = statement.find('.');
  const std::string_view slice = statement.substr(0, dot), name = statement.substr(dot + 1);
  std::size_t longest = 0;
  bool is_slice = false;
  for (const Endpoint& endpoint : all_endpoints()) {
    is_slice = is_slice || endpoint.slice == slice;
    const bool leads = name.starts_with(endpoint.operation) &&
                       (name.size() == endpoint.operation.size() || name[endpoint.operation.size()] == '_');
    if (endpoint.slice == slice && leads)
      longest = std::max(longest, endpoint.operation.size());
  }
  if (longest == 0)
    return is_slice ? "slice " + std::string(slice) : "";
  std::string list;
  for (const Endpoint& endpoint : all_endpoints()) {
    if (endpoint.slice == slice && endpoint.operation == name.substr(0, longest)) {
      list += list.empty() ? "" : ", ";
      list += std::string(endpoint.method) + " " + std::string(endpoint.path);
    }
  }
  return list;
}

}  // namespace salesflow::apps
