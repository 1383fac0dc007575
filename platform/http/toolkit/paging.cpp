#include "platform/http/toolkit/paging.hpp"

#include <algorithm>

namespace salesflow::http {

Result<std::int64_t> read_page(std::int64_t page, std::int64_t per_page) {
  const std::int64_t pages_max = offset_max / per_page + 1;
  if (page > pages_max) {
    return fail(
        Errc::invalid_argument,
        "page must be at most " + std::to_string(pages_max) + " here; go on with cursor (next_cursor of a page)",
        "query.page");
  }
  return (page - 1) * per_page;
}

Result<PageRequest> read_page_request(std::string cursor, std::int64_t page, std::int64_t per_page, CountMode count) {
  PageRequest paging{std::move(cursor), per_page, 0, count};
  if (paging.cursor.empty()) {
    const auto skip = read_page(page, per_page);
    if (!skip)
      return skip.error();
    paging.skip_rows = *skip;
  }
  return paging;
}

Error page_beyond_end(std::int64_t page) {
  return fail(Errc::invalid_argument, "There is no page " + std::to_string(page), "query.page");
}

Total capped_total(std::int64_t counted, std::int64_t limit) {
  return {std::min(counted, limit), counted > limit};
}

std::int64_t page_count(std::int64_t total, std::int64_t per_page) {
  return (total + per_page - 1) / per_page;
}

std::string link_to_next(const Request& request, std::string_view next_cursor) {
  std::string link = "<";
  link += request.path;
  char separator = '?';
  for (std::size_t at = 0; at < request.query.size();) {
    const auto end = std::min(request.query.find('&', at), request.query.size());
    const auto pair = request.query.substr(at, end - at);
    const auto name = pair.substr(0, pair.find('='));
    if (!pair.empty() && name != "cursor" && name != "page") {
      link += separator;
      link += pair;
      separator = '&';
    }
    at = end + 1;
  }
  link += separator;
  link += "cursor=";
  link += next_cursor;
  return link + ">; rel=\"next\"";
}

}  // namespace salesflow::http
