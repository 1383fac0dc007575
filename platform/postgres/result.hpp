// What a statement answered: rows in binary form as they came over the wire, and the command's tag.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/postgres/wire.hpp"

namespace salesflow::postgres {

/// A column as RowDescription tells it.
struct Column {
  std::string name;
  Oid type = oid::unknown;
};
using Columns = std::vector<Column>;

/// One value of a row in binary form; length -1 is NULL.
struct Cell {
  const char* data;
  int length;
  bool is_null() const { return length < 0; }
};

/// Walks over the cells of a row that was checked when it arrived. Not past its last one.
class RowCursor {
 public:
  explicit RowCursor(const char* at) : at_(at) {}
  Cell next() {
    const auto length = load<std::int32_t>(at_);
    const char* const data = at_ + 4;
    if (length < 0) {
      at_ = data;
      return {nullptr, -1};
    }
    at_ = data + length;
    return {data, length};
  }

 private:
  const char* at_;
};

/// The rows of one statement. Built by Reader, immutable once it is handed out as a ResultPtr; cells point into it.
class ResultSet {
 public:
  int row_count() const { return static_cast<int>(rows_.size()); }
  /// 0 for a statement that answers no rows.
  int column_count() const { return column_count_ < 0 ? 0 : column_count_; }
  /// 0 and "" where the columns were not described.
  Oid column_type(int column) const noexcept;
  std::string_view column_name(int column) const noexcept;

  RowCursor row(int index) const { return RowCursor(bytes_.data() + rows_[static_cast<std::size_t>(index)]); }
  /// NULL for what lies outside of the result. Cost: a walk over the row's cells before it.
  Cell cell(int row, int column) const;

  /// CommandComplete's tag: "SELECT 51", "COMMIT"; empty for an empty statement.
  std::string_view tag() const { return tag_; }
  /// The number at the tag's end; 0 if there is none.
  std::uint64_t rows_affected() const noexcept;

  /// Names the columns; false when rows that are already there have another number of them.
  bool describe(std::shared_ptr<const Columns> columns);
  /// Appends `count` whole DataRow messages that follow one another in `messages`, in one copy; false when a length in
  /// them is wrong or the rows differ in their number of columns.
  bool append_rows(std::string_view messages, std::size_t count);
  void set_tag(std::string_view tag) { tag_ = tag; }
  std::size_t size_bytes() const { return bytes_.size(); }

 private:
  bool append_row(std::size_t begin, std::size_t end);

  std::vector<char> bytes_;          // DataRow messages
  std::vector<std::uint32_t> rows_;  // where the first cell of each begins
  std::shared_ptr<const Columns> columns_;
  std::string tag_;
  int column_count_ = -1;  // not known yet
};

/// The bytes of a result; rows that were decoded from it point into it.
using ResultPtr = std::shared_ptr<const ResultSet>;

}  // namespace salesflow::postgres
