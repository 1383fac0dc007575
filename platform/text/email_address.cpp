#include "platform/text/email_address.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "platform/text/trim.hpp"

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

void lower(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
}

/// Without "mailto:" before it and, behind an address of that form, "?subject=…".
std::string_view without_scheme(std::string_view text) {
  constexpr std::string_view scheme = "mailto:";
  std::string begin(text.substr(0, scheme.size()));
  lower(begin);
  if (begin != scheme)
    return text;
  text.remove_prefix(scheme.size());
  return trim(text.substr(0, text.find('?')));
}

/// The ASCII form of a domain in lower case; empty when it has none.
std::string to_ascii(std::string_view domain) {
  std::string text(domain);
  lower(text);
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return text;
  char* ascii = nullptr;
  // Nontransitional, as browsers do: strasse.example and straße.example are two domains.
  if (idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(text.c_str()), reinterpret_cast<std::uint8_t**>(&ascii),
                     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
    return {};
  const std::unique_ptr<char, decltype(&idn2_free)> owned(ascii, &idn2_free);
  return ascii;
}

}  // namespace

Result<EmailAddress> parse_email(std::string_view text) {
  const auto refused = [] { return fail(Errc::invalid_argument, "must be an e-mail address", "email"); };
  const std::string_view shown = without_scheme(trim(text));
  const auto at = shown.rfind('@');
  if (at == std::string_view::npos || at > 64 || shown.size() > 1'000 || shown.find('\0') != std::string_view::npos)
    return refused();
  std::string key(shown.substr(0, at));
  lower(key);
  const std::string domain = to_ascii(shown.substr(at + 1));
  if (count_parts(key, is_atom) == 0 || count_parts(domain, is_label) < 2)
    return refused();
  key += "@" + domain;
  if (key.size() > 254)
    return refused();
  return EmailAddress{std::string(shown), std::move(key)};
}

Result<std::string> normalize_email(std::string_view text) {
  auto email = parse_email(text);
  if (!email)
    return email.error();
  return std::move(email->key);
}

}  // namespace salesflow
