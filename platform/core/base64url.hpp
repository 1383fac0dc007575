// base64url without padding (RFC 4648 section 5), as JWTs and cursors use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace salesflow {

std::string to_base64url(std::string_view bytes);
/// Strict: no padding, no white space, no set bits behind the last byte; nullopt otherwise. One text, one meaning: two
/// different texts never decode to the same bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace salesflow
