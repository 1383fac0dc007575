#include "features/opportunities/json.hpp"

#include "platform/json/write.hpp"

namespace salesflow::opportunities {

std::string object_of(const std::vector<std::pair<std::string_view, std::string>>& members) {
  std::string text;
  for (const auto& [key, value] : members) {
    if (!value.empty())
      text += (text.empty() ? "" : ",") + json::to_json(key) + ":" + json::to_json(value);
  }
  return "{" + text + "}";
}

std::string products_of(const std::string& name, const std::string& price) {
  return "[{\"name\":" + json::to_json(name) + ",\"quantity\":1" +
         (price.empty() ? "" : ",\"price\":" + json::to_json(price)) + "}]";
}

}  // namespace salesflow::opportunities
