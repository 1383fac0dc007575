// What people do not see at the ends of what they type.
#pragma once

#include <string_view>

namespace salesflow {

/// `text` without what is not seen at its ends: white space (Unicode's White_Space, so NBSP, too) and characters
/// without width (U+00AD, U+200B to U+200F, U+2060, U+FEFF). Bytes that are no UTF-8 are seen.
std::string_view trim(std::string_view text) noexcept;
/// Nothing in it is seen: every character is white space or one that Unicode ignores by default.
bool is_blank(std::string_view text) noexcept;

}  // namespace salesflow
