// Cursor: where a keyset page ended. Opaque text to clients; bound to the list, its filters and its user, so that a
// cursor of another list or another user is refused instead of giving wrong pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow {

/// The sort key and id of the last row of a page. Keeps microseconds.
struct Cursor {
  TimePoint at{};
  Uuid id;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// Before the first row of a list that runs newest first / oldest first.
inline const Cursor cursor_before_newest{time_infinity, Uuid{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                              0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}};
inline const Cursor cursor_before_oldest{time_minus_infinity, Uuid{}};

/// `scope` names list, filters and user, e.g. "events.list_events|pending|…|<user id>"; only its hash travels.
std::string encode_cursor(const Cursor& cursor, std::string_view scope);
/// Errors: malformed (400) naming `cursor` when the text is no cursor of ours or belongs to another scope.
Result<Cursor> decode_cursor(std::string_view text, std::string_view scope);

}  // namespace salesflow
