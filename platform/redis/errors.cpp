#include "platform/redis/errors.hpp"

#include <algorithm>
#include <array>

namespace salesflow::redis {

Error unavailable(std::string log_detail) {
  Error error = fail(Errc::unavailable, "Redis is unavailable", {}, std::move(log_detail));
  error.retry_after_s = 1;
  return error;
}

Error deadline_exceeded(std::string log_detail) {
  return fail(Errc::deadline_exceeded, "Redis did not answer in time", {}, std::move(log_detail));
}

Error reply_too_large() {
  return fail(Errc::payload_too_large, "Redis' answer is too large", {}, "over SALESFLOW_REDIS_REPLY_BYTES_MAX");
}

Error error_from(std::string_view server_text) {
  constexpr std::array passing{"OOM",         "LOADING",   "BUSY",      "MASTERDOWN", "READONLY",
                               "CLUSTERDOWN", "TRYAGAIN",  "MISCONF",   "NOREPLICAS", "NOAUTH",
                               "NOPERM",      "WRONGPASS", "UNBLOCKED", "MOVED",      "ASK"};
  const std::string_view word = server_text.substr(0, server_text.find(' '));
  // "unknown command 'x', with args beginning with: …" and its kind quote what was sent.
  std::string said(server_text.substr(0, std::min(server_text.find(", with args"), server_text.find(" script: "))));
  said = said.substr(0, 200);
  for (char& c : said) {
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  }
  if (std::find(passing.begin(), passing.end(), word) != passing.end())
    return unavailable("server: " + said);
  return fail(Errc::internal, "Redis refused a command", {}, "server: " + said);
}

}  // namespace salesflow::redis
