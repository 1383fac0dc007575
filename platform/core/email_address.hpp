// E-mail addresses as they are stored and compared.
#pragma once

#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow {

/// Trimmed and in lower case. Takes what mail systems take without quoting: ASCII, a dot-atom, "@", a domain of at
/// least two labels; at most 254 bytes, 64 before the "@" (RFC 5321). So an address has no white space, no control
/// characters and no second form, and is safe in a mail header.
/// Errors: invalid_argument naming `email`.
Result<std::string> normalize_email(std::string_view text);

}  // namespace salesflow
