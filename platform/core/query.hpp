// Query: one SQL statement as a typed constant, made at build time from a .sql file (cmake/tools/sql_to_header).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace salesflow {

enum class QueryMode { read, write };

/// One statement and what its header promises. All views point to static storage.
struct Query {
  std::string_view name;     // "events.list_pending": metric name, log field, budget key
  std::string_view variant;  // "" or "status+channel": which optional fragments are in
  std::string_view text;     // SQL with $1…$n renumbered without gaps
  /// Position in the caller's argument list of each parameter $1…$n. A caller always passes all arguments that the
  /// header lists; a variant sends only those it uses.
  std::span<const std::uint8_t> arguments;
  std::span<const std::uint32_t> types;  // type OIDs of $1…$n
  std::uint8_t argument_count;           // how many arguments the header lists
  QueryMode mode;
  std::chrono::milliseconds timeout;  // server-side limit; the request's deadline may shorten it
  std::string_view index;             // indexes the plan must use, comma separated; "none: why" otherwise
  std::string_view budget;            // "8 + 1 * rows": shared buffers, held by a test
  std::string_view reads, writes;     // tables, comma separated: the cache's tags
  /// How its answer follows the clock, without any write. "": it does not. "bounded": it does, so that only an answer
  /// that may be old is kept. "valid_until": whoever runs it says when it changes (RequestContext::valid_until).
  std::string_view clock;
  std::string_view file;  // path from the repository's root
};

}  // namespace salesflow
