// PageRequest and Page: which part of a list is asked for, and what of it there is.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "platform/core/cursor.hpp"
#include "platform/core/page_end.hpp"
#include "platform/core/row_set.hpp"

namespace salesflow {

/// How a list counts what it filters. none: no total; capped: exact up to count_limit, then count_limit and
/// `total_is_capped`; exact: whatever it costs. A total without filters comes from a counter and is always exact.
enum class CountMode { none, capped, exact };
BOOST_DESCRIBE_ENUM(CountMode, none, capped, exact)

inline constexpr std::int64_t count_limit = 10'000;
/// What a statement counts up to: nothing, count_limit and one more, or (empty) all.
constexpr std::optional<std::int64_t> rows_to_count(CountMode count) {
  return count == CountMode::none     ? std::optional<std::int64_t>(0)
         : count == CountMode::capped ? std::optional<std::int64_t>(count_limit + 1)
                                      : std::nullopt;
}

/// Which part of a list. Nothing is skipped behind a cursor.
struct PageRequest {
  std::string cursor;  // a next_cursor of the same list, filters, order and tenant; empty: from the start
  std::int64_t limit_rows = 25;
  std::int64_t skip_rows = 0;
  CountMode count = CountMode::none;

  /// As a store reads it: one row more tells that there is a further page.
  PageRequest with_look_ahead() const { return {cursor, limit_rows + 1, skip_rows, count}; }
};

/// Errors: invalid_argument naming query.limit.
inline Result<void> check_limit(std::int64_t limit_rows, std::int64_t limit_rows_max) {
  if (limit_rows >= 1 && limit_rows <= limit_rows_max)
    return {};
  return fail(Errc::invalid_argument, "limit must be from 1 to " + std::to_string(limit_rows_max), "query.limit");
}

/// One page in list order. `total` is what was counted (up to count_limit + 1 when capped), empty without;
/// `next_cursor` is set when there is a further page.
template <class Row>
struct Page {
  RowSet<Row> items;
  std::optional<std::int64_t> total;
  std::optional<std::string> next_cursor;
};

/// The page of limit_rows from rows read with one more; it ends earlier where it would have more than page_bytes_max.
/// `position_of(row)` is where the next page goes on.
template <class Row, class PositionOf>
Page<Row> make_page(RowSet<Row> rows, std::int64_t limit_rows, const Scope& scope, PositionOf position_of) {
  Page<Row> page{std::move(rows), std::nullopt, std::nullopt};
  if (end_page(page.items.rows, limit_rows))
    page.next_cursor = encode_cursor(position_of(page.items.rows.back()), scope);
  return page;
}

/// The same for rows that carry `total`; an empty list has one only when it was read from its start.
template <class Row, class PositionOf>
Page<Row> make_page(RowSet<Row> rows, const PageRequest& asked, const Scope& scope, PositionOf position_of) {
  std::optional<std::int64_t> total;
  if (asked.count != CountMode::none && !rows.empty())
    total = rows.rows.front().total;
  else if (asked.count != CountMode::none && asked.cursor.empty() && asked.skip_rows == 0)
    total = 0;
  Page<Row> page = make_page(std::move(rows), asked.limit_rows, scope, position_of);
  page.total = total;
  return page;
}

}  // namespace salesflow
