// What the functions answer by which operators tell all nodes something: `set_…` and `flush_…` of the worker,
// `switch_…` and `empty_…` of a superadmin's request.
#pragma once

#include <boost/describe.hpp>
#include <optional>

#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"

namespace salesflow::ops {

struct SwitchedRow {
  std::optional<TimePoint> changed_at;
};
BOOST_DESCRIBE_STRUCT(SwitchedRow, (), (changed_at))

/// False: the `member` is NULL, since the request is no superadmin's.
template <class Row, class T>
Result<bool> was_allowed(const Result<OneRow<Row>>& row, std::optional<T> Row::*member) {
  if (!row)
    return row.error();
  return *row && ((**row).*member).has_value();
}

template <class Row>
Result<void> was_done(const Result<OneRow<Row>>& row) {
  if (!row)
    return row.error();
  return Result<void>();
}

}  // namespace salesflow::ops
