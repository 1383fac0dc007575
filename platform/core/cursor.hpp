// Cursor: where a page ended. Opaque text to clients; bound to its Scope, so that a cursor of another list, order,
// filter or tenant is refused instead of giving wrong pages. One codec for all lists.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/scope.hpp"
#include "platform/core/time.hpp"

namespace salesflow {

inline constexpr Uuid highest_id{
    {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

/// A position is what the last row of a page is sorted by, its id last: a described struct of numbers, times, days, ids
/// and TextKeys. This one is for lists by time.
struct TimePosition {
  TimePoint at{};
  Uuid id;
  friend bool operator==(const TimePosition&, const TimePosition&) = default;
};
BOOST_DESCRIBE_STRUCT(TimePosition, (), (at, id))

/// Before the first row of a list that runs newest first / oldest first.
inline constexpr TimePosition before_newest{time_infinity, highest_id};
inline constexpr TimePosition before_oldest{time_minus_infinity, Uuid{}};

/// A text that a list sorts by. A long one does not fit into a URL, and a part of it would lose or repeat the rows that
/// begin alike; so only its digest travels, and who reads the cursor restores it from the row that it names.
struct TextKey {
  static constexpr std::size_t bytes_max = 1024;

  TextKey() = default;
  TextKey(std::string_view whole) : text(whole) {}  // NOLINT: converts on purpose
  /// False: `text` is empty until it is restored.
  bool is_whole() const { return digest == 0; }
  /// Takes the row's text if it still is what the cursor was made from.
  bool restore(std::string_view found);

  std::string text;
  std::uint64_t digest = 0;
  friend bool operator==(const TextKey&, const TextKey&) = default;
};

/// What a made-up cursor, one of another scope and one whose row is gone are answered: malformed (400) naming
/// `query.cursor`.
Error refused_cursor();

namespace detail {

class CursorWriter {
 public:
  explicit CursorWriter(const Scope& scope);
  template <std::integral T>
  void put(T value) {
    put_bytes(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)), sizeof(T));
  }
  void put(TimePoint at) { put(at.time_since_epoch().count()); }
  void put(Date day) { put(static_cast<std::int32_t>(day.time_since_epoch().count())); }
  void put(const Uuid& id);
  void put(const TextKey& key);
  std::string text() const;

 private:
  void put_bytes(std::uint64_t value, std::size_t count);
  std::string bytes_;
};

class CursorReader {
 public:
  CursorReader(std::string_view text, const Scope& scope);
  template <std::integral T>
  void take(T& value) {
    value = static_cast<T>(take_bytes(sizeof(T)));
  }
  void take(TimePoint& at);
  void take(Date& day);
  void take(Uuid& id);
  void take(TextKey& key);
  /// All of it was read, and nothing was refused.
  bool is_done() const { return ok_ && at_ == bytes_.size(); }

 private:
  std::uint64_t take_bytes(std::size_t count);
  std::string_view take_text(std::size_t count);
  std::string bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

template <class Position, class Visit>
void each_key(Position& position, Visit visit) {
  using Members = boost::describe::describe_members<std::remove_const_t<Position>, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto d) { visit(position.*d.pointer); });
}

}  // namespace detail

template <class Position>
std::string encode_cursor(const Position& position, const Scope& scope) {
  detail::CursorWriter writer(scope);
  detail::each_key(position, [&](const auto& key) { writer.put(key); });
  return writer.text();
}

/// Where the page behind `text` begins; behind `first` when the text is empty. Errors: as refused_cursor.
template <class Position>
Result<Position> decode_cursor(std::string_view text, const Scope& scope, const Position& first) {
  if (text.empty())
    return first;
  Position position;
  detail::CursorReader reader(text, scope);
  detail::each_key(position, [&](auto& key) { reader.take(key); });
  if (!reader.is_done())
    return refused_cursor();
  return position;
}

}  // namespace salesflow
