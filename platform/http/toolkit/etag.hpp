// Entity tags: If-None-Match of reads and If-Match of writes. A row's tag is "v<row_version>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// "v17" with quotes.
std::string version_etag(std::int64_t row_version);

/// True when the If-None-Match list holds `etag` (weak comparison, as RFC 9110 asks for) or is *.
bool matches_any(std::string_view if_none_match, std::string_view etag) noexcept;

/// What If-Match says about row versions.
struct IfMatch {
  bool present = false;
  bool any = false;                    // *: the row only has to exist
  std::vector<std::int64_t> versions;  // tags that are not ours match nothing and are left out
  bool admits(std::int64_t row_version) const;
};

/// Reads If-Match. A weak tag counts like its strong one: ours differ only by the content coding of the answer they
/// came with, and a browser sees nothing but the weak form. Errors: malformed (400) for what is no list of tags.
Result<IfMatch> read_if_match(const Request& request);

}  // namespace salesflow::http
