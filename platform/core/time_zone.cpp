#include "platform/core/time_zone.hpp"

#include <algorithm>
#include <array>

namespace salesflow {

bool looks_like_time_zone(std::string_view zone) noexcept {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/-";
  if (zone.empty() || zone.size() > 64)
    return false;
  if (zone.find_first_not_of(letters) == std::string_view::npos)
    return letters.find(zone.front()) < 52;
  // Names with digits are few. Others are rules of POSIX, whose sign is the other way round: "Foo+3" is west of
  // Greenwich.
  for (const std::string_view folder : {"posix/", "Etc/"}) {
    if (zone.starts_with(folder))
      zone.remove_prefix(folder.size());
  }
  constexpr std::array<std::string_view, 4> american{"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"};
  if (std::find(american.begin(), american.end(), zone) != american.end())
    return true;
  if (!zone.starts_with("GMT"))
    return false;
  zone.remove_prefix(3);
  if (zone.front() == '+' || zone.front() == '-')
    zone.remove_prefix(1);
  return !zone.empty() && zone.size() <= 2 && zone.find_first_not_of("0123456789") == std::string_view::npos;
}

Error unknown_time_zone(std::string_view field) {
  return make_error(Errc::invalid_argument, "tz must be a time zone such as Europe/Vienna", field);
}

}  // namespace salesflow
