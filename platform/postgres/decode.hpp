// Results → described structs. Members stand in the order of the statement's columns; a plain type (Uuid, int64…) reads
// a result of one column. A NULL leaves a member that is not optional at its initialiser where that names a default
// ("lead", "Unbekannt"); elsewhere it is an error of the SQL. A numeric that is NaN or infinite is read as a NULL is.
// What a write answers is always read: it is committed by then.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <tuple>

#include "platform/core/query.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/postgres/codec.hpp"

namespace salesflow::postgres {

namespace detail {

/// internal; log_detail names query, column and what is wrong, never the value.
Error column_error(const Query& query, const ResultSet& result, int column, std::string_view what);
Error shape_error(const Query& query, std::string_view what, int wanted, int found);

template <class Row>
inline constexpr bool is_described = boost::describe::has_describe_members<Row>::value && !std::is_enum_v<Row>;

template <class Row>
using Members = boost::describe::describe_members<Row, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class Row>
constexpr int column_count() {
  if constexpr (is_described<Row>) {
    return static_cast<int>(boost::mp11::mp_size<Members<Row>>::value);
  } else {
    return 1;
  }
}

/// Calls visit(member, column) for each member of the row, until one answers false.
template <class Row, class Visit>
bool visit_columns(Row& row, Visit&& visit) {
  if constexpr (is_described<Row>) {
    return [&]<class... Member>(boost::mp11::mp_list<Member...>) {
      int column = 0;
      return (visit(row.*Member::pointer, column++) && ...);
    }(boost::mp11::mp_rename<Members<Row>, boost::mp11::mp_list>{});
  } else {
    return visit(row, 0);
  }
}

/// Column count and types, once a result; read_row() relies on it.
template <class Row>
bool check_shape(const Query& query, const ResultSet& result, Error& error) {
  if (result.column_count() != column_count<Row>()) {
    error = shape_error(query, "columns", column_count<Row>(), result.column_count());
    return false;
  }
  Row probe{};
  return visit_columns(probe, [&]<class T>(T&, int column) {
    if (Codec<T>::accepts(result.column_type(column)))
      return true;
    error = column_error(query, result, column, "has a type the row's member cannot take");
    return false;
  });
}

/// The row's struct names what a NULL means: its member has an initialiser that is not the type's own zero.
template <class T>
bool has_default(const T& member) {
  if constexpr (std::is_same_v<T, DecimalView> || std::is_same_v<T, Decimal>) {
    return !member.digits.empty();
  } else if constexpr (requires(const T& other) {
                         { member == other } -> std::convertible_to<bool>;
                       }) {
    return !(member == T{});
  } else {
    return false;
  }
}

/// A write is committed when its answer is read, so nothing of it may fail any more: `what` is logged, the default
/// stays.
void note_unreadable(const Query& query, const ResultSet& result, int column, std::string_view what);

/// `row` as its struct initialises it.
template <class Row>
bool read_row(const Query& query, const ResultSet& result, int index, Row& row, TextArena& arena, Error& error) {
  RowCursor cursor = result.row(index);
  const bool committed = query.mode == QueryMode::write;
  return visit_columns(row, [&]<class T>(T& member, int column) {
    const Cell cell = cursor.next();
    if constexpr (!Nullable<T>) {
      if (is_absent<T>(cell)) [[unlikely]] {
        if (committed || has_default(member))
          return true;
        error = column_error(query, result, column, "is NULL, and the row's member is not optional");
        return false;
      }
    }
    if (Codec<T>::read(cell, member, arena)) [[likely]]
      return true;
    if (committed) {
      member = T{};
      note_unreadable(query, result, column, "holds a value the row's member cannot take");
      return true;
    }
    error = column_error(query, result, column, "holds a value the row's member cannot take");
    return false;
  });
}

/// What the rows' views point to: the result, and with it made text if there is any.
inline std::shared_ptr<const void> owner_of(ResultPtr result, TextArena arena) {
  if (arena.empty())
    return result;
  struct Both {
    ResultPtr result;
    TextArena arena;
  };
  // Strings of a deque keep their place when the deque is moved.
  return std::make_shared<Both>(Both{std::move(result), std::move(arena)});
}

}  // namespace detail

/// All rows. Errors: internal, when columns and members do not fit (a bug in the SQL or the struct).
/// Cost: one allocation for the rows, none per row unless a member owns text.
template <class Row>
Result<RowSet<Row>> decode_rows(const Query& query, ResultPtr result) {
  Error error;
  if (!detail::check_shape<Row>(query, *result, error))
    return error;
  RowSet<Row> set;
  TextArena arena;
  const int count = result->row_count();
  set.rows.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (!detail::read_row(query, *result, i, set.rows[static_cast<std::size_t>(i)], arena, error))
      return error;
  }
  set.bytes = detail::owner_of(std::move(result), std::move(arena));
  return set;
}

/// At most one row; a second is a bug and answers internal.
template <class Row>
Result<OneRow<Row>> decode_one(const Query& query, ResultPtr result) {
  Error error;
  const int count = result->row_count();
  if (count > 1)
    return detail::shape_error(query, "rows at most", 1, count);
  if (!detail::check_shape<Row>(query, *result, error))
    return error;
  OneRow<Row> one;
  TextArena arena;
  if (count == 1 && !detail::read_row(query, *result, 0, one.row.emplace(), arena, error))
    return error;
  one.bytes = detail::owner_of(std::move(result), std::move(arena));
  return one;
}

}  // namespace salesflow::postgres
