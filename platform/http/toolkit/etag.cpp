#include "platform/http/toolkit/etag.hpp"

#include <algorithm>
#include <charconv>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

std::string_view without_weakness(std::string_view tag) noexcept {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

bool is_tag(std::string_view tag) noexcept {
  tag = without_weakness(tag);
  return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"' &&
         tag.substr(1, tag.size() - 2).find('"') == std::string_view::npos;
}

}  // namespace

std::string version_etag(std::int64_t row_version) {
  return "\"v" + std::to_string(row_version) + '"';
}

bool matches_any(std::string_view if_none_match, std::string_view etag) noexcept {
  if (etag.empty())
    return false;
  const std::string_view wanted = without_weakness(etag);
  while (!if_none_match.empty()) {
    const std::string_view tag = next_element(if_none_match);
    if (tag == "*" || without_weakness(tag) == wanted)
      return true;
  }
  return false;
}

bool IfMatch::admits(std::int64_t row_version) const {
  return !present || any || std::find(versions.begin(), versions.end(), row_version) != versions.end();
}

Result<IfMatch> read_if_match(const Request& request) {
  IfMatch result;
  for (const Header& header : request.headers) {
    if (!equal_without_case(header.name, "If-Match"))
      continue;
    result.present = true;
    std::string_view rest = header.value;
    if (rest.empty())
      return fail(Errc::malformed, "If-Match must list entity tags", "header.If-Match");
    while (!rest.empty()) {
      const std::string_view tag = next_element(rest);
      if (tag.empty())
        continue;
      if (tag == "*") {
        result.any = true;
        continue;
      }
      if (!is_tag(tag)) {
        return fail(Errc::malformed, "If-Match must list entity tags such as \"v3\"", "header.If-Match");
      }
      std::string_view text = without_weakness(tag);
      text = text.substr(1, text.size() - 2);
      if (text.size() < 2 || text.front() != 'v')
        continue;
      std::int64_t version = 0;
      const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), version);
      if (error == std::errc() && end == text.data() + text.size())
        result.versions.push_back(version);
    }
  }
  return result;
}

}  // namespace salesflow::http
