// RowSet<Row>: decoded rows whose string_view members point into the driver's result, kept alive by `bytes`.
#pragma once

#include <memory>
#include <optional>
#include <vector>

namespace salesflow {

/// Rows of an answer without a copy of their text: `bytes` owns what the rows' views point to. Copying a Row out of
/// the set and dropping the set leaves dangling views; copy the text instead.
template <class Row>
struct RowSet {
  std::vector<Row> rows;
  std::shared_ptr<const void> bytes;

  auto begin() const { return rows.begin(); }
  auto end() const { return rows.end(); }
  bool empty() const { return rows.empty(); }
  std::size_t size() const { return rows.size(); }
};

/// At most one row, same ownership; `row` is empty when the statement found none.
template <class Row>
struct OneRow {
  std::optional<Row> row;
  std::shared_ptr<const void> bytes;
  explicit operator bool() const { return row.has_value(); }
  const Row& operator*() const { return *row; }
  const Row* operator->() const { return &*row; }
};

}  // namespace salesflow
