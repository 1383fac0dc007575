#include "platform/postgres/result.hpp"

#include <charconv>

namespace salesflow::postgres {

Oid ResultSet::column_type(int column) const noexcept {
  return columns_ && column >= 0 && column < column_count() ? (*columns_)[static_cast<std::size_t>(column)].type
                                                            : oid::unknown;
}

std::string_view ResultSet::column_name(int column) const noexcept {
  return columns_ && column >= 0 && column < column_count() ? (*columns_)[static_cast<std::size_t>(column)].name
                                                            : std::string_view();
}

Cell ResultSet::cell(int index, int column) const {
  if (index < 0 || index >= row_count() || column < 0 || column >= column_count())
    return {nullptr, -1};
  RowCursor cursor = row(index);
  for (int i = 0; i < column; ++i)
    cursor.next();
  return cursor.next();
}

std::uint64_t ResultSet::rows_affected() const noexcept {
  const std::string_view tag = tag_;
  const auto word = tag.substr(tag.rfind(' ') + 1);
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), count);
  return problem == std::errc() && end == word.data() + word.size() ? count : 0;
}

bool ResultSet::describe(std::shared_ptr<const Columns> columns) {
  const int count = static_cast<int>(columns->size());
  if (column_count_ >= 0 && column_count_ != count)
    return false;
  column_count_ = count;
  columns_ = std::move(columns);
  return true;
}

bool ResultSet::append_rows(std::string_view messages, std::size_t count) {
  std::size_t at = bytes_.size();
  bytes_.insert(bytes_.end(), messages.begin(), messages.end());
  if (rows_.capacity() - rows_.size() < count)
    rows_.reserve(std::max(rows_.size() + count, 2 * rows_.size()));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = at + message_head_bytes;
    at += 1 + load<std::uint32_t>(bytes_.data() + at + 1);
    if (!append_row(begin, at))
      return false;
  }
  return true;
}

/// A DataRow's body: the number of columns, then each cell's length and bytes.
bool ResultSet::append_row(std::size_t begin, std::size_t end) {
  if (end - begin < 2)
    return false;
  const int count = load<std::int16_t>(bytes_.data() + begin);
  if (column_count_ < 0)
    column_count_ = count;
  if (count < 0 || count != column_count_)
    return false;
  const char* at = bytes_.data() + begin + 2;
  const char* const last = bytes_.data() + end;
  for (int i = 0; i < count; ++i) {
    if (last - at < 4)
      return false;
    const auto length = load<std::int32_t>(at);
    at += 4;
    if (length < -1 || length > last - at)
      return false;
    at += length < 0 ? 0 : length;
  }
  if (at != last)
    return false;
  rows_.push_back(static_cast<std::uint32_t>(begin + 2));
  return true;
}

}  // namespace salesflow::postgres
