// E-mail addresses: one rule for what is one, how it is shown and by what it is compared.
#pragma once

#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow {

struct EmailAddress {
  std::string shown;  // as typed, without blanks around it and without "mailto:"
  std::string
      key;  // in lower case, the domain in ASCII (punycode, UTS 46): what is compared, and safe in a mail header
};

/// Takes what mail systems take without quoting: a dot-atom of ASCII, "@", a domain of at least two labels, which may
/// be international (info@bücher.example); of the key at most 254 bytes, 64 before the "@" (RFC 5321). "mailto:" before
/// and
/// "?subject=…" behind such an address are taken off.
/// Errors: invalid_argument naming `email`.
Result<EmailAddress> parse_email(std::string_view text);
/// The key alone.
Result<std::string> normalize_email(std::string_view text);

}  // namespace salesflow
