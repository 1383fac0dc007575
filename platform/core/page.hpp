// Slice and Page: which part of a list is asked for, and what of it there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "platform/core/page_end.hpp"
#include "platform/core/row_set.hpp"

namespace salesflow {

/// Which part of a list. Nothing is skipped behind a cursor.
struct Slice {
  std::string cursor;  // a next_cursor of the same list, filters, order and tenant; empty: from the start
  std::int64_t limit_rows = 25;
  std::int64_t skip_rows = 0;
  std::int64_t count_limit = 0;  // counts up to this many; 0: no total
};

/// One page in list order. `total` is what was counted, empty without; `next_cursor` is set when there is a further
/// page.
template <class Row>
struct Page {
  RowSet<Row> items;
  std::optional<std::int64_t> total;
  std::optional<std::string> next_cursor;
};

/// The page of `asked` from rows read with one more than its limit, which shows that there is a further page; it ends
/// earlier where it would have more than page_bytes_max. Rows
/// carry `total`; an empty list has one only when it was read from its start. `cursor_after(row)` makes next_cursor.
template <class Row, class CursorAfter>
Page<Row> make_page(const Slice& asked, RowSet<Row> rows, CursorAfter cursor_after) {
  Page<Row> page{std::move(rows), std::nullopt, std::nullopt};
  if (asked.count_limit != 0 && !page.items.empty())
    page.total = page.items.rows.front().total;
  else if (asked.count_limit != 0 && asked.cursor.empty() && asked.skip_rows == 0)
    page.total = 0;
  if (end_page(page.items.rows, asked.limit_rows)) {
    page.next_cursor = cursor_after(page.items.rows.back());
  }
  return page;
}

}  // namespace salesflow
