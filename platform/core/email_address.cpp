#include "platform/core/email_address.hpp"

#include <algorithm>

namespace salesflow {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_atom(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+/=?^_`{|}~-";
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [&](char c) { return is_alphanumeric(c) || others.find(c) != others.npos; });
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

/// Parts between dots that all satisfy `is_part`; their number, 0 when one does not.
template <class Predicate>
int count_parts(std::string_view text, Predicate is_part) {
  for (int count = 1;; ++count) {
    const auto dot = text.find('.');
    if (!is_part(text.substr(0, dot)))
      return 0;
    if (dot == std::string_view::npos)
      return count;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::string> normalize_email(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254 || at > 64) {
    return fail(Errc::invalid_argument, "must be an e-mail address", "email");
  }
  std::string email(text);
  for (char& c : email) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  const std::string_view whole = email;
  if (count_parts(whole.substr(0, at), is_atom) == 0 || count_parts(whole.substr(at + 1), is_label) < 2) {
    return fail(Errc::invalid_argument, "must be an e-mail address", "email");
  }
  return email;
}

}  // namespace salesflow
