#include "platform/postgres/literals.hpp"

#include <fmt/format.h>

#include "platform/postgres/numeric.hpp"

namespace salesflow::postgres {
namespace {

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text)
    literal.append(c == '\'' ? 2 : 1, c);
  return literal + "'";
}

/// PostgreSQL's text form of one value, unquoted. None: the type is not known here.
std::optional<std::string> text_of(Oid type, std::string_view binary) {
  const auto number = [&]<class T>(T) -> std::optional<std::string> {
    if (binary.size() != sizeof(T))
      return std::nullopt;
    return std::to_string(load<T>(binary.data()));
  };
  switch (type) {
    case oid::boolean:
      return binary.size() == 1 ? std::optional<std::string>(binary[0] ? "t" : "f") : std::nullopt;
    case oid::int2:
      return number(std::int16_t{});
    case oid::int4:
      return number(std::int32_t{});
    case oid::int8:
      return number(std::int64_t{});
    case oid::text:
    case oid::varchar:
    case oid::json:
      return std::string(binary);
    case oid::jsonb:
      return binary.empty() ? std::nullopt : std::optional<std::string>(binary.substr(1));
    case oid::float8:
      if (binary.size() != 8)
        return std::nullopt;
      return fmt::format("{}", std::bit_cast<double>(load<std::int64_t>(binary.data())));
    case oid::numeric: {
      std::string digits;
      return append_numeric(digits, binary) ? std::optional(digits) : std::nullopt;
    }
    case oid::bytea: {
      std::string hex = "\\x";
      for (const char c : binary)
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return hex;
    }
    case oid::uuid: {
      if (binary.size() != 16)
        return std::nullopt;
      Uuid id;
      std::memcpy(id.bytes.data(), binary.data(), 16);
      return id.to_string();
    }
    case oid::timestamptz: {
      if (binary.size() != 8)
        return std::nullopt;
      const auto us = load<std::int64_t>(binary.data());
      if (us == INT64_MAX || us == INT64_MIN)
        return us > 0 ? "infinity" : "-infinity";
      return format_rfc3339(TimePoint(std::chrono::microseconds(us + epoch_offset_us)));
    }
    case oid::date: {
      if (binary.size() != 4)
        return std::nullopt;
      const auto days = load<std::int32_t>(binary.data());
      if (days == INT32_MAX || days == INT32_MIN)
        return days > 0 ? "infinity" : "-infinity";
      return format_date(Date(std::chrono::days(days + epoch_offset_days)));
    }
    default:
      return std::nullopt;
  }
}

/// Dimensions, a flag, the elements' type; of the one dimension its length and lower bound; then length and bytes each.
std::optional<std::string> array_text(std::string_view binary) {
  if (binary.size() < 12)
    return std::nullopt;
  const auto dimensions = load<std::int32_t>(binary.data());
  const Oid element = static_cast<Oid>(load<std::int32_t>(binary.data() + 8));
  if (dimensions == 0)
    return "{}";
  if (dimensions != 1 || binary.size() < 20)
    return std::nullopt;
  const auto count = load<std::int32_t>(binary.data() + 12);
  std::string text = "{";
  std::size_t at = 20;
  for (std::int32_t i = 0; i < count; ++i) {
    if (binary.size() < at + 4)
      return std::nullopt;
    const auto length = load<std::int32_t>(binary.data() + at);
    at += 4;
    text += i > 0 ? "," : "";
    if (length < 0) {
      text += "NULL";
      continue;
    }
    if (binary.size() < at + static_cast<std::size_t>(length))
      return std::nullopt;
    const auto value = text_of(element, binary.substr(at, static_cast<std::size_t>(length)));
    if (!value)
      return std::nullopt;
    at += static_cast<std::size_t>(length);
    text += '"';
    for (const char c : *value) {
      if (c == '"' || c == '\\')
        text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

bool is_array(Oid type) {
  switch (type) {
    case oid::bool_array:
    case oid::bytea_array:
    case oid::int2_array:
    case oid::int4_array:
    case oid::int8_array:
    case oid::text_array:
    case oid::varchar_array:
    case oid::float8_array:
    case oid::date_array:
    case oid::timestamptz_array:
    case oid::numeric_array:
    case oid::uuid_array:
    case oid::jsonb_array:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string> literal_of(Oid type, std::string_view binary) {
  const auto text = is_array(type) ? array_text(binary) : text_of(type, binary);
  if (!text)
    return std::nullopt;
  return quoted(*text);
}

std::optional<std::vector<std::string>> literals_of(const BoundQuery& bound, std::size_t bytes_max) {
  const Query& query = *bound.query;
  std::vector<std::string> literals(query.argument_count, "NULL");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < query.arguments.size() && i < bound.params.size(); ++i) {
    if (!bound.params.value(i))
      continue;
    bytes += static_cast<std::size_t>(bound.params.length(i));
    if (bytes > bytes_max)
      return std::nullopt;
    auto literal =
        literal_of(query.types[i], {bound.params.value(i), static_cast<std::size_t>(bound.params.length(i))});
    if (!literal)
      return std::nullopt;
    literals[query.arguments[i]] = std::move(*literal);
  }
  return literals;
}

std::string type_name(Oid type) {
  switch (type) {
    case oid::boolean:
      return "bool";
    case oid::bytea:
      return "bytea";
    case oid::int2:
      return "int2";
    case oid::int4:
      return "int4";
    case oid::int8:
      return "int8";
    case oid::text:
      return "text";
    case oid::json:
      return "json";
    case oid::jsonb:
      return "jsonb";
    case oid::float8:
      return "float8";
    case oid::date:
      return "date";
    case oid::timestamptz:
      return "timestamptz";
    case oid::numeric:
      return "numeric";
    case oid::uuid:
      return "uuid";
    case oid::bool_array:
      return "bool[]";
    case oid::int4_array:
      return "int4[]";
    case oid::int8_array:
      return "int8[]";
    case oid::text_array:
      return "text[]";
    case oid::date_array:
      return "date[]";
    case oid::timestamptz_array:
      return "timestamptz[]";
    case oid::uuid_array:
      return "uuid[]";
    case oid::jsonb_array:
      return "jsonb[]";
    default:
      return "type " + std::to_string(type);
  }
}

}  // namespace salesflow::postgres
