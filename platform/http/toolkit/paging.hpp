// Pages: keyset cursors everywhere, and the contract's page and per_page within the first 10,000 rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/page.hpp"
#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// Rows that page and per_page may skip; a cursor goes on from any row.
inline constexpr std::int64_t offset_max = 10'000;

/// The rows to skip for a 1-based page. Errors: invalid_argument (422) naming `query.page`, and `cursor` as the way,
/// when they are more than offset_max.
Result<std::int64_t> read_page(std::int64_t page, std::int64_t per_page);

/// The part of a list that page, per_page, cursor and count ask for; a cursor wins over a page. Errors: as read_page.
Result<PageRequest> read_page_request(std::string cursor, std::int64_t page, std::int64_t per_page, CountMode count);

/// The answer to a page that starts behind the last row: 422 naming `query.page`.
Error page_beyond_end(std::int64_t page);

/// A total as it is sent: what a statement counted up to its limit and one more.
struct Total {
  std::int64_t total = 0;
  bool is_capped = false;
};
Total capped_total(std::int64_t counted, std::int64_t limit = count_limit);
/// ceil(total / per_page); 0 for an empty list.
std::int64_t page_count(std::int64_t total, std::int64_t per_page);

/// Into an answer's total, total_is_capped, pages and next_cursor; its per_page is there already. `is_exact`: the total
/// was counted to its end.
template <class Answer, class Row>
void fill_page(Answer& answer, const Page<Row>& page, bool is_exact) {
  if (page.total) {
    const Total total = is_exact ? Total{*page.total, false} : capped_total(*page.total);
    answer.total = total.total;
    answer.total_is_capped = total.is_capped;
    answer.pages = page_count(total.total, answer.per_page);
  }
  answer.next_cursor = page.next_cursor;
}

/// A Link header's value: this very request with `cursor` set and its other parameters kept, but for `page`.
std::string link_to_next(const Request& request, std::string_view next_cursor);

}  // namespace salesflow::http
