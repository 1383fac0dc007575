// CORS: an allow-list of origins, with credentials.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace salesflow::http {

/// Immutable after construction.
class Cors {
 public:
  /// `origins`: "https://app.example.com, https://*.vercel.app"; a * stands for one or more labels of a subdomain.
  explicit Cors(std::string_view origins);

  bool empty() const { return rules_.empty(); }
  bool allows(std::string_view origin) const noexcept;
  /// Header lines for an answer to `origin`, which must be allowed.
  static void append_answer(std::string& out, std::string_view origin);
  /// Header lines for a preflight; `requested_headers` is echoed when it is a list of tokens.
  static void append_preflight(std::string& out, std::string_view origin, std::string_view requested_headers);
  /// For an answer that a page of any origin may read, without credentials: when nothing in it belongs to anybody.
  static std::vector<std::pair<std::string, std::string>> lines_for_anyone(bool preflight,
                                                                           std::string_view requested_headers);

 private:
  struct Rule {
    std::string prefix;  // the whole origin when there is no wildcard
    std::string suffix;  // ".vercel.app"
    bool wildcard = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace salesflow::http
