#include "platform/http/server/thread_tools.hpp"

#include <chrono>
#include <cstring>

namespace salesflow::http {

std::string_view HttpDate::at(TimePoint now) {
  using namespace std::chrono;
  const auto seconds_now = floor<seconds>(now);
  if (seconds_now.time_since_epoch().count() != second_) {
    second_ = seconds_now.time_since_epoch().count();
    const auto day = floor<days>(seconds_now);
    const year_month_day date{day};
    const hh_mm_ss time{seconds_now - day};
    constexpr const char* names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto digits = [](char* out, unsigned value, int count) {
      for (int i = count - 1; i >= 0; --i, value /= 10)
        out[i] = static_cast<char>('0' + value % 10);
    };
    std::memcpy(text_.data(), "Sun, 00 Jan 0000 00:00:00 GMT", 29);
    std::memcpy(text_.data(), names[weekday(day).c_encoding()], 3);
    digits(text_.data() + 5, static_cast<unsigned>(date.day()), 2);
    std::memcpy(text_.data() + 8, months[static_cast<unsigned>(date.month()) - 1], 3);
    digits(text_.data() + 12, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    digits(text_.data() + 17, static_cast<unsigned>(time.hours().count()), 2);
    digits(text_.data() + 20, static_cast<unsigned>(time.minutes().count()), 2);
    digits(text_.data() + 23, static_cast<unsigned>(time.seconds().count()), 2);
  }
  return {text_.data(), text_.size()};
}

}  // namespace salesflow::http
