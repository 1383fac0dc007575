#include "platform/postgres/made_row.hpp"

#include <cstring>

namespace salesflow::postgres {
namespace {

std::string_view past_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

/// The number of the parameter that an INSERT of the text stores as id; 0 without.
std::size_t id_parameter(std::string_view text) {
  constexpr std::string_view insert = "INSERT INTO ";
  const auto at = text.find(insert);
  if (at == std::string_view::npos)
    return 0;
  text.remove_prefix(at + insert.size());
  const auto open = text.find('(');
  const auto close = text.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || !text.substr(open).starts_with("(id,"))
    return 0;
  text = past_space(text.substr(close + 1));
  for (const std::string_view values : {std::string_view("VALUES ($"), std::string_view("SELECT $")}) {
    if (!text.starts_with(values))
      continue;
    std::size_t number = 0;
    for (text.remove_prefix(values.size()); !text.empty() && text.front() >= '0' && text.front() <= '9';
         text.remove_prefix(1))
      number = number * 10 + static_cast<std::size_t>(text.front() - '0');
    return number;
  }
  return 0;
}

}  // namespace

std::optional<Uuid> made_row(std::span<const BoundQuery> statements) {
  for (const BoundQuery& bound : statements) {
    const std::size_t number = id_parameter(bound.query->text);
    if (number == 0 || number > bound.params.size())
      continue;
    const char* const bytes = bound.params.value(number - 1);
    Uuid id;
    if (!bytes || bound.params.type(number - 1) != oid::uuid)
      continue;
    std::memcpy(id.bytes.data(), bytes, id.bytes.size());
    return id;
  }
  return std::nullopt;
}

}  // namespace salesflow::postgres
