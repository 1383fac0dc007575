#include "platform/http/server/resource_path.hpp"

#include <vector>

namespace salesflow::http {

std::string resource_path(const Router& router, std::string_view path, std::optional<Uuid> made) {
  std::vector<std::string> parameters;
  const auto can_be_read = [&](std::string_view at) {
    const Match match = router.find(Method::get, at, parameters);
    return match.kind == Match::Kind::found && match.route->auth != Auth::anyone;
  };
  if (made) {
    const std::string id = made->to_string();
    std::string row = std::string(path) + "/" + id;
    if (can_be_read(row) && !parameters.empty() && parameters.back() == id)
      return row;
  }
  for (; path.size() > 1; path = path.substr(0, path.rfind('/'))) {
    if (can_be_read(path))
      return std::string(path);
  }
  return {};
}

}  // namespace salesflow::http
