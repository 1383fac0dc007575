// Percent-encoding (RFC 3986) and the pairs of query strings and forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::http {

/// Decodes %XX; `plus_is_space` for queries and forms. nullopt for a broken escape, for U+0000 and for what is not
/// UTF-8 afterwards.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// "a=1&b=&a=2" as decoded pairs in their order; a name without '=' has an empty value, empty pieces are skipped.
/// Errors: malformed (400), naming the parameter where it can; more than 256 pairs.
Result<std::vector<std::pair<std::string, std::string>>> split_pairs(std::string_view text);

}  // namespace salesflow::http
