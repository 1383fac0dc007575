#include "platform/http/server/slow_requests.hpp"

#include <algorithm>

#include "platform/core/ids.hpp"

namespace salesflow::http {
namespace {

constexpr std::size_t shapes_max = 50;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view type_of(std::string_view value) {
  if (Uuid::parse(value))
    return "uuid";
  if (value == "true" || value == "false")
    return "boolean";
  const std::string_view digits = value.starts_with('-') ? value.substr(1) : value;
  if (!digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit))
    return "integer";
  if (!digits.empty() && is_digit(digits[0]) &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return is_digit(c) || c == '.'; }))
    return "number";
  if (value.size() >= 10 && std::all_of(value.begin(), value.begin() + 4, is_digit) && value[4] == '-' &&
      value[7] == '-')
    return "time";
  return "text";
}

/// Only names that the documentation has: a client may write anything there.
bool is_documented(const Route& route, std::string_view name) {
  const bool is_word = !name.empty() && name.size() <= 60 && std::all_of(name.begin(), name.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
  return is_word && route.query_schema.text.find("\"" + std::string(name) + "\":{") != std::string::npos;
}

}  // namespace

std::vector<ParameterShape> shapes_of(const Route& route, std::span<const std::string> path_parameters,
                                      std::string_view query) {
  std::vector<ParameterShape> shapes;
  std::string_view rest = route.path;
  for (const std::string& value : path_parameters) {
    const auto open = rest.find('{'), close = rest.find('}');
    const bool is_named = open != std::string_view::npos && close != std::string_view::npos && open < close;
    shapes.push_back(
        {is_named ? std::string(rest.substr(open + 1, close - open - 1)) : "?", type_of(value), value.size()});
    rest = is_named ? rest.substr(close + 1) : std::string_view();
  }
  while (!query.empty() && shapes.size() < shapes_max) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    const bool is_known = is_documented(route, name);
    shapes.push_back({is_known ? std::string(name) : "?", type_of(value), value.size()});
  }
  return shapes;
}

}  // namespace salesflow::http
