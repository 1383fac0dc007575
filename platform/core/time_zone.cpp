#include "platform/core/time_zone.hpp"

namespace salesflow {

bool looks_like_time_zone(std::string_view zone) noexcept {
  return !zone.empty() && zone.size() <= 64 &&
         zone.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/+-") ==
             std::string_view::npos;
}

Error unknown_time_zone(std::string_view field) {
  return make_error(Errc::invalid_argument, "tz must be a time zone such as Europe/Vienna", field);
}

}  // namespace salesflow
