#include "platform/http/server/cors.hpp"

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

/// A subdomain: letters, digits, hyphens and inner dots; so that "https://evil.com/.vercel.app" is none.
bool is_subdomain(std::string_view text) noexcept {
  if (text.empty() || text.front() == '.' || text.back() == '.')
    return false;
  for (const char c : text) {
    const char lower = to_lower_ascii(c);
    if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
      return false;
  }
  return true;
}

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view preflight_age_s = "600";

bool is_token_list(std::string_view text) noexcept {
  if (text.empty() || text.size() > 1024)
    return false;
  for (const char c : text) {
    const char lower = to_lower_ascii(c);
    if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ',' || c == ' ')) {
      return false;
    }
  }
  return true;
}

}  // namespace

Cors::Cors(std::string_view origins) {
  while (!origins.empty()) {
    std::string_view origin = next_element(origins);
    if (origin.ends_with('/'))
      origin.remove_suffix(1);
    if (origin.empty())
      continue;
    Rule rule;
    const auto star = origin.find('*');
    rule.wildcard = star != std::string_view::npos;
    rule.prefix = origin.substr(0, star);
    if (rule.wildcard)
      rule.suffix = origin.substr(star + 1);
    rules_.push_back(std::move(rule));
  }
}

bool Cors::allows(std::string_view origin) const noexcept {
  for (const Rule& rule : rules_) {
    if (!rule.wildcard) {
      if (equal_without_case(origin, rule.prefix))
        return true;
      continue;
    }
    if (origin.size() <= rule.prefix.size() + rule.suffix.size())
      continue;
    if (equal_without_case(origin.substr(0, rule.prefix.size()), rule.prefix) &&
        equal_without_case(origin.substr(origin.size() - rule.suffix.size()), rule.suffix) &&
        is_subdomain(origin.substr(rule.prefix.size(), origin.size() - rule.prefix.size() - rule.suffix.size()))) {
      return true;
    }
  }
  return false;
}

void Cors::append_answer(std::string& out, std::string_view origin) {
  out += "Access-Control-Allow-Origin: ";
  out += origin;
  out +=
      "\r\nAccess-Control-Allow-Credentials: true\r\n"
      "Access-Control-Expose-Headers: X-Request-Id, X-Correlation-ID, X-Process-Time, X-Response-Time, "
      "Server-Timing, ETag, Link, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
      "SalesFlow-Xid, X-Cache, Age, traceparent, Idempotency-Replayed, X-Total-Count, X-Total-Is-Capped\r\n";
}

void Cors::append_preflight(std::string& out, std::string_view origin, std::string_view requested_headers) {
  out += "Access-Control-Allow-Origin: ";
  out += origin;
  out += "\r\nAccess-Control-Allow-Credentials: true\r\nAccess-Control-Allow-Methods: ";
  out += all_methods;
  out += "\r\nAccess-Control-Max-Age: ";
  out += preflight_age_s;
  out += "\r\n";
  if (is_token_list(requested_headers)) {
    out += "Access-Control-Allow-Headers: ";
    out += requested_headers;
    out += "\r\n";
  }
}

std::vector<std::pair<std::string, std::string>> Cors::lines_for_anyone(bool preflight,
                                                                        std::string_view requested_headers) {
  std::vector<std::pair<std::string, std::string>> lines{{"Access-Control-Allow-Origin", "*"}};
  if (!preflight) {
    lines.emplace_back("Access-Control-Expose-Headers", "X-Request-Id");
    return lines;
  }
  lines.emplace_back("Access-Control-Allow-Methods", all_methods);
  lines.emplace_back("Access-Control-Max-Age", preflight_age_s);
  if (is_token_list(requested_headers))
    lines.emplace_back("Access-Control-Allow-Headers", requested_headers);
  return lines;
}

}  // namespace salesflow::http
