// The query of GET /api/leads and what it means.
#pragma once

#include "features/leads/leads.hpp"

namespace salesflow::leads {

enum class ListFilter { today, hot, overdue, all };
BOOST_DESCRIBE_ENUM(ListFilter, today, hot, overdue, all)
enum class Period { this_month };
BOOST_DESCRIBE_ENUM(Period, this_month)
enum class SortBy { created_at, updated_at, name, p_score, next_follow_up };
BOOST_DESCRIBE_ENUM(SortBy, created_at, updated_at, name, p_score, next_follow_up)
enum class SortOrder { asc, desc };
BOOST_DESCRIBE_ENUM(SortOrder, asc, desc)
/// true and capped mean the same: {leads, total, count} instead of a bare array.
enum class CountParameter { true_, false_, none, capped, exact };
BOOST_DESCRIBE_ENUM(CountParameter, true_, false_, none, capped, exact)
enum class GroupBy { status };
BOOST_DESCRIBE_ENUM(GroupBy, status)

struct ListQuery {
  std::optional<ListFilter> filter;
  std::optional<Text<1, 50>> status;  // without case
  std::optional<Period> period;
  bool customers = false;  // status won, whatever `status` says
  std::optional<SortBy> sort_by;
  std::optional<SortOrder> sort_order;
  std::optional<Ranged<std::int64_t, 1, page_limit_rows_max>> limit;
  std::string cursor;
  std::optional<CountParameter> count;
  bool envelope =
      false;  // an object instead of a bare array; counts as count=capped does unless `count` says otherwise
  std::optional<GroupBy> group_by;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (),
                      (filter, status, period, customers, sort_by, sort_order, limit, cursor, count, envelope,
                       group_by))

/// Today and this month are UTC's. this_month: made since its first day; of customers: customers since then. Customers
/// come in the order they became so unless sort_by says otherwise; names ascend by themselves, all else descends, but
/// for follow-ups, of which the next one comes first.
ListRequest to_list_request(const ListQuery& query, TimePoint now);

}  // namespace salesflow::leads
