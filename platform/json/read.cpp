#include "platform/json/read.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "platform/json/numbers.hpp"

namespace salesflow::json {
namespace {

/// True when an escape \u0000 stands in the text (an odd number of backslashes before the u).
bool has_nul_escape(std::string_view text) noexcept {
  for (std::size_t at = 0; (at = text.find("\\u0000", at)) != std::string_view::npos; ++at) {
    std::size_t backslashes = 1;
    while (at >= backslashes && text[at - backslashes] == '\\')
      ++backslashes;
    if (backslashes % 2 == 1)
      return true;
  }
  return false;
}

/// Past the JSON value that starts at `at`; the text is known to be valid.
std::size_t skip_value(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; text[at] != '"'; ++at)
        at += text[at] == '\\';
      if (depth == 0)
        return at + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0)
        return at;
      if (--depth == 0)
        return at + 1;
    } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
      return at;
    }
  }
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r'))
    ++at;
  return at;
}

Error outsize_number(const std::string& path) {
  detail::Complaints complaints;
  complaints.add(
      path, "must be a number that a double can reach, of at most " + std::to_string(number_digits_max) + " digits");
  return complaints.to_error();
}

}  // namespace

Result<boost::json::value> parse(std::string_view text) {
  if (text.empty())
    return fail(Errc::malformed, "The body is empty; JSON was expected", "body");
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::system::error_code error;
  auto value = boost::json::parse(text, error, {}, options);
  if (error == boost::json::error::too_deep) {
    return fail(Errc::malformed, "The JSON body is nested deeper than " + std::to_string(depth_max) + " levels",
                "body");
  }
  // Up to that number the text is JSON, and further the search does not go.
  if (error == boost::json::error::exponent_overflow)
    return outsize_number(find_outsize_number(text).value_or(""));
  if (error)
    return fail(Errc::malformed, "The body is not valid JSON: " + error.message(), "body");
  if (has_nul_escape(text))
    return fail(Errc::malformed, "The body holds the character U+0000", "body");
  if (const auto path = find_outsize_number(text))
    return outsize_number(*path);
  return value;
}

std::string_view raw_member(std::string_view object_text, std::string_view key) {
  std::string_view found;
  std::size_t at = skip_space(object_text, 0);
  if (at >= object_text.size() || object_text[at] != '{')
    return found;
  at = skip_space(object_text, at + 1);
  while (at < object_text.size() && object_text[at] == '"') {
    const std::size_t key_end = skip_value(object_text, at);
    const auto raw_key = object_text.substr(at, key_end - at);
    // Keys of our structs are plain ASCII; an escaped spelling is compared by its parsed form.
    const bool matches =
        raw_key.substr(1, raw_key.size() - 2) == key ||
        (raw_key.find('\\') != std::string_view::npos && boost::json::parse(raw_key).as_string() == key);
    const std::size_t value_begin = skip_space(object_text, skip_space(object_text, key_end) + 1);
    const std::size_t value_end = skip_value(object_text, value_begin);
    if (matches)
      found = object_text.substr(value_begin, value_end - value_begin);
    at = skip_space(object_text, value_end);
    if (at < object_text.size() && object_text[at] == ',')
      at = skip_space(object_text, at + 1);
  }
  return found;
}

std::vector<std::string_view> raw_elements(std::string_view array_text) {
  std::vector<std::string_view> elements;
  std::size_t at = skip_space(array_text, 0);
  if (at >= array_text.size() || array_text[at] != '[')
    return elements;
  for (at = skip_space(array_text, at + 1); at < array_text.size() && array_text[at] != ']';) {
    const std::size_t end = skip_value(array_text, at);
    elements.push_back(array_text.substr(at, end - at));
    at = skip_space(array_text, end);
    if (at < array_text.size() && array_text[at] == ',')
      at = skip_space(array_text, at + 1);
  }
  return elements;
}

Result<void> check_stored_size(std::string_view text, const std::string& field, std::size_t bytes_max) {
  if (stored_size(text) <= bytes_max)
    return {};
  detail::Complaints complaints;
  complaints.add(field, "must be at most " + std::to_string(bytes_max) + " bytes of JSON with its numbers written out");
  return complaints.to_error();
}

namespace detail {

Error Complaints::to_error() const {
  Error error = fail(Errc::invalid_argument, errors_.front().field + " " + errors_.front().reason);
  error.errors = errors_;
  return error;
}

std::string serialize(const boost::json::value& value) {
  return boost::json::serialize(value);
}

std::string child_of(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

}  // namespace detail
}  // namespace salesflow::json
