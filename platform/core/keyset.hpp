// Keyset: where a page ended in a list that orders by something else than a time. Opaque text to clients, bound to its
// list, filters and tenant like a Cursor.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow {

/// The last row's sort keys in list order, its id last, each as text (see key_text). At most 8 keys; long texts make
/// long cursors. `scope` as in encode_cursor.
std::string encode_keyset(const std::vector<std::string>& keys, std::string_view scope);
/// `count` keys. Errors: malformed (400) naming `cursor` for what is no cursor of this scope.
Result<std::vector<std::string>> decode_keyset(std::string_view text, std::size_t count, std::string_view scope);

/// Keys as text and back: whole numbers in decimal, times in microseconds since 1970 (±infinity kept), dates in days.
std::string key_text(std::int64_t value);
std::string key_text(TimePoint at);
std::string key_text(Date day);
inline std::string key_text(const Uuid& id) {
  return id.to_string();
}
inline std::string key_text(std::string_view text) {
  return std::string(text);
}
/// Errors: malformed (400) naming `cursor`: somebody made the cursor up.
Result<std::int64_t> key_number(std::string_view text, std::int64_t min, std::int64_t max);
Result<TimePoint> key_time(std::string_view text);
Result<Date> key_date(std::string_view text);
Result<Uuid> key_id(std::string_view text);

}  // namespace salesflow
