#include "platform/core/time.hpp"

#include <algorithm>

namespace salesflow {
namespace {

/// Instants before this one are years 294247 to 294276, which wrapped around when they were read from PostgreSQL.
constexpr TimePoint wrapped_before{std::chrono::microseconds(INT64_MIN + 946'684'800'000'000)};

void write_digits(char* out, unsigned value, int count) noexcept {
  for (int i = count - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// Reads exactly `count` digits; -1 when one is missing.
int read_digits(std::string_view text, std::size_t at, int count) noexcept {
  if (at + static_cast<std::size_t>(count) > text.size())
    return -1;
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[at + static_cast<std::size_t>(i)];
    if (c < '0' || c > '9')
      return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<Date> date_from(int year, int month, int day) noexcept {
  if (year < 0 || month < 0 || day < 0)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok())
    return std::nullopt;
  return Date(date);
}

}  // namespace

TimePoint system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void write_rfc3339(TimePoint at, char* out) noexcept {
  using namespace std::chrono;
  constexpr TimePoint first = sys_days(year(0) / 1 / 1);
  constexpr TimePoint last = sys_days(year(9999) / 12 / 31) + hours(24) - microseconds(1);
  at = at > time_minus_infinity && at < wrapped_before ? last : std::clamp(at, first, last);
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto micros = static_cast<std::uint64_t>((at - day).count());
  const auto seconds = static_cast<unsigned>(micros / 1'000'000);
  write_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out[4] = '-';
  write_digits(out + 5, static_cast<unsigned>(date.month()), 2);
  out[7] = '-';
  write_digits(out + 8, static_cast<unsigned>(date.day()), 2);
  out[10] = 'T';
  write_digits(out + 11, seconds / 3600, 2);
  out[13] = ':';
  write_digits(out + 14, seconds / 60 % 60, 2);
  out[16] = ':';
  write_digits(out + 17, seconds % 60, 2);
  out[19] = '.';
  write_digits(out + 20, static_cast<unsigned>(micros % 1'000'000), 6);
  out[26] = 'Z';
}

std::string format_rfc3339(TimePoint at) {
  std::string text(rfc3339_length, '\0');
  write_rfc3339(at, text.data());
  return text;
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto day = date_from(read_digits(text, 0, 4), read_digits(text, 5, 2), read_digits(text, 8, 2));
  const int hour = read_digits(text, 11, 2), minute = read_digits(text, 14, 2), second = read_digits(text, 17, 2);
  if (!day || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    int digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      if (digits < 6)
        fraction = fraction * 10 + (text[at] - '0');
    }
    if (digits < 1 || digits > 9)
      return std::nullopt;
    for (; digits < 6; ++digits)
      fraction *= 10;
  }
  std::int64_t offset_minutes = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    if (at + 1 != text.size())
      return std::nullopt;
  } else {
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':')
      return std::nullopt;
    const int offset_hour = read_digits(text, at + 1, 2), offset_minute = read_digits(text, at + 4, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59)
      return std::nullopt;
    offset_minutes = (text[at] == '-' ? -1 : 1) * (offset_hour * 60 + offset_minute);
  }
  return TimePoint(*day) + hours(hour) + minutes(minute) + seconds(second) + microseconds(fraction) -
         minutes(offset_minutes);
}

std::string format_date(Date day) {
  using namespace std::chrono;
  std::string text(10, '-');
  const year_month_day date{std::clamp<Date>(day, year(0) / 1 / 1, year(9999) / 12 / 31)};
  write_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  write_digits(text.data() + 5, static_cast<unsigned>(date.month()), 2);
  write_digits(text.data() + 8, static_cast<unsigned>(date.day()), 2);
  return text;
}

/// Of an instant the day as it is written: midnight in Vienna is that day there, not the one before in UTC.
std::optional<Date> parse_date(std::string_view text) noexcept {
  if (text.size() > 10 && parse_rfc3339(text))
    text = text.substr(0, 10);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  return date_from(read_digits(text, 0, 4), read_digits(text, 5, 2), read_digits(text, 8, 2));
}

}  // namespace salesflow
