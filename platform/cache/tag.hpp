// Tags and tokens. A tag is a table and whose rows of it; its token changes with every write to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"

namespace salesflow::cache {

/// Rows that an answer was made of, or that a write has changed.
struct Place {
  std::string_view table;  // static storage
  char scope = 'g';        // as in Tag: of the user who asks, of his organisation, everyone's
  friend bool operator==(const Place&, const Place&) = default;
};
/// All that is kept was made of it: one change ends everything (a flush, a TRUNCATE).
inline constexpr Place everything{"everything", 'g'};

struct Tag {
  std::string_view table;  // static storage
  /// u: a user's rows, o: an organisation's, g: everyone's (owner is nil).
  char scope = 'g';
  Uuid owner;

  friend bool operator==(const Tag&, const Tag&) = default;
  /// Of all that it is. Two tags with one hash only end each other's entries.
  std::uint64_t hash() const noexcept;
  /// "sf:t:{u:<owner>}:<table>": all tags of an owner are in one slot of a Redis Cluster.
  std::string key(std::string_view prefix) const;
};

Tag tag_of(const Place& place, const Identity& identity) noexcept;

/// Twice the longest life of an entry: a token that ends takes entries with it, and nothing else.
inline constexpr std::chrono::milliseconds token_ttl = std::chrono::hours(48);

/// What stands at a tag's key. Random, so that it never comes back: not after a flush, and not as the highest id of a
/// transaction would, as those do not end in their order.
struct Token {
  std::uint64_t xid = 0;  // of the write that set it, its low 32 bits; 0: a reader did, who found none
  std::uint64_t random = 0;

  friend bool operator==(const Token&, const Token&) = default;
  bool is_missing() const { return random == 0; }
  static Token make(std::uint64_t xid);
  std::string bytes() const;  // 16
  /// Missing when they are not a token's.
  static Token of(std::string_view bytes) noexcept;
};

}  // namespace salesflow::cache
