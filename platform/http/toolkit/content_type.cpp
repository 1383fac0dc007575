#include "platform/http/toolkit/content_type.hpp"

namespace salesflow::http {

std::string_view known_content_type(std::string_view stored) {
  for (const std::string_view type : {"application/json", "application/problem+json", "text/csv; charset=utf-8",
                                      "text/plain; charset=utf-8", "text/html; charset=utf-8"}) {
    if (stored == type)
      return type;
  }
  return "application/octet-stream";
}

}  // namespace salesflow::http
