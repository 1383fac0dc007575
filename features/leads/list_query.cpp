#include "features/leads/list_query.hpp"

#include <algorithm>

namespace salesflow::leads {
namespace {

using std::chrono::days;

ListOrder order_of(const ListQuery& query) {
  if (!query.sort_by && query.customers && query.sort_order != SortOrder::asc)
    return ListOrder::customers;
  const SortBy by = query.sort_by.value_or(SortBy::created_at);
  const bool ascends_by_itself = by == SortBy::name || by == SortBy::next_follow_up;
  const bool ascends = query.sort_order ? *query.sort_order == SortOrder::asc : ascends_by_itself;
  switch (by) {
    case SortBy::updated_at:
      return ascends ? ListOrder::updated_asc : ListOrder::updated_desc;
    case SortBy::name:
      return ascends ? ListOrder::name_asc : ListOrder::name_desc;
    case SortBy::p_score:
      return ascends ? ListOrder::p_score_asc : ListOrder::p_score_desc;
    case SortBy::next_follow_up:
      return ascends ? ListOrder::follow_up_asc : ListOrder::follow_up_desc;
    default:
      return ascends ? ListOrder::created_asc : ListOrder::created_desc;
  }
}

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

}  // namespace

ListRequest to_list_request(const ListQuery& query, TimePoint now) {
  const Date today = std::chrono::floor<days>(now);
  const Date first_day = start_of(ListOrder::follow_up_asc).next_follow_up;
  ListRequest asked;
  LeadFilter& filter = asked.filter;
  asked.order = order_of(query);
  if (query.customers)
    filter.status = "won";
  else if (query.status)
    filter.status = lower_ascii(query.status->value);
  if (query.filter == ListFilter::hot)
    filter.hot = true;
  if (query.filter == ListFilter::today) {
    filter.due_from = today;
    filter.due_until = today;
  }
  if (query.filter == ListFilter::overdue) {
    filter.due_from = first_day;
    filter.due_until = today - days(1);
  }
  if (query.period) {
    const std::chrono::year_month_day day{today};
    const TimePoint month = Date(day.year() / day.month() / 1);
    (query.customers ? filter.customer_since : filter.created_since) = month;
  }
  if (filter.due_until || query.period)
    asked.valid_until = today + days(1);
  asked.paging.cursor = query.cursor;
  asked.paging.limit_rows = query.limit ? query.limit->value : page_limit_rows_max;
  const bool paged = query.limit || !query.cursor.empty();
  const bool bare = !query.envelope;
  switch (query.count.value_or(paged && bare ? CountParameter::none : CountParameter::capped)) {
    case CountParameter::exact:
      asked.paging.count = CountMode::exact;
      break;
    case CountParameter::true_:
    case CountParameter::capped:
      asked.paging.count = CountMode::capped;
      break;
    default:
      asked.paging.count = CountMode::none;
  }
  return asked;
}

}  // namespace salesflow::leads
