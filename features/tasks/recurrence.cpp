#include "features/tasks/recurrence.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace salesflow::tasks {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int interval_max = 365;

Error refused(const std::string& reason) {
  return fail(Errc::invalid_argument, "recurrence_rule " + reason, "recurrence_rule");
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::optional<int> number(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max)
    return std::nullopt;
  return value;
}

/// 20261231 (to the end of that day) or 20261231T180000Z.
std::optional<TimePoint> until_of(std::string_view text) {
  if (text.size() != 8 && !(text.size() == 16 && text[8] == 'T' && text[15] == 'Z'))
    return std::nullopt;
  std::string rfc = std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" +
                    std::string(text.substr(6, 2)) + "T";
  if (text.size() == 8) {
    rfc += "23:59:59Z";
  } else {
    rfc += std::string(text.substr(9, 2)) + ":" + std::string(text.substr(11, 2)) + ":" +
           std::string(text.substr(13, 2)) + "Z";
  }
  return parse_rfc3339(rfc);
}

Result<void> read_part(std::string_view name, std::string_view value, Recurrence& rule, bool& has_unit) {
  using Unit = Recurrence::Unit;
  if (name == "FREQ") {
    if (value != "DAILY" && value != "WEEKLY" && value != "MONTHLY")
      return refused("knows FREQ=DAILY, WEEKLY and MONTHLY only");
    rule.unit = value == "DAILY" ? Unit::day : value == "WEEKLY" ? Unit::week : Unit::month;
    has_unit = true;
  } else if (name == "INTERVAL") {
    const auto interval = number(value, 1, interval_max);
    if (!interval)
      return refused("needs an INTERVAL from 1 to 365");
    rule.interval = *interval;
  } else if (name == "BYMONTHDAY") {
    const auto day = number(value, 1, 31);
    if (!day)
      return refused("needs a BYMONTHDAY from 1 to 31");
    rule.month_day = *day;
  } else if (name == "UNTIL") {
    const auto until = until_of(value);
    if (!until)
      return refused("needs an UNTIL such as 20261231 or 20261231T180000Z");
    rule.until = *until;
  } else {
    return refused("does not know " + std::string(name.empty() ? "an empty part" : name));
  }
  return {};
}

/// The day `count` intervals after `from`; `day` is the day of the month that the series wants.
sys_days step(const Recurrence& rule, sys_days from, int count, unsigned day) {
  if (rule.unit == Recurrence::Unit::day)
    return from + days(rule.interval * count);
  if (rule.unit == Recurrence::Unit::week)
    return from + days(7 * rule.interval * count);
  const year_month_day start{from};
  const auto month = start.year() / start.month() + months(rule.interval * count);
  const auto last = year_month_day(month / std::chrono::last).day();
  return sys_days(month / std::min(std::chrono::day(day), last));
}

}  // namespace

Result<Recurrence> parse_recurrence(std::string_view text) {
  std::string rest = upper(text);
  for (const std::string_view word : {"DAILY", "WEEKLY", "MONTHLY"}) {
    if (rest == word)
      rest = "FREQ=" + std::string(word);
  }
  if (rest.starts_with("RRULE:"))
    rest.erase(0, 6);
  Recurrence rule;
  bool has_unit = false;
  for (std::size_t at = 0; at <= rest.size();) {
    const auto end = std::min(rest.find(';', at), rest.size());
    const std::string_view part = std::string_view(rest).substr(at, end - at);
    const auto equals = std::min(part.find('='), part.size());
    const auto value = equals < part.size() ? part.substr(equals + 1) : std::string_view();
    if (auto read = read_part(part.substr(0, equals), value, rule, has_unit); !read)
      return read.error();
    at = end + 1;
  }
  if (!has_unit)
    return refused("needs FREQ, or reads daily, weekly or monthly");
  if (rule.month_day != 0 && rule.unit != Recurrence::Unit::month)
    return refused("has BYMONTHDAY with FREQ=MONTHLY only");
  return rule;
}

std::optional<Successor> successor_of(std::string_view text, TimePoint due_at, TimePoint now) {
  const auto rule = parse_recurrence(text);
  constexpr TimePoint year_one{std::chrono::microseconds(-62'135'596'800'000'000)};
  constexpr TimePoint year_10000{std::chrono::microseconds(253'402'300'800'000'000)};
  if (!rule || due_at < year_one || due_at >= year_10000)
    return std::nullopt;
  const auto from = std::chrono::floor<days>(due_at);
  const auto time_of_day = due_at - from;
  const unsigned due_day = static_cast<unsigned>(year_month_day(from).day());
  const unsigned day = rule->month_day ? static_cast<unsigned>(rule->month_day) : due_day;
  // Straight to the neighbourhood of now: a task may have been forgotten for years.
  int count = 1;
  if (now > due_at) {
    const auto late = std::chrono::floor<days>(now - due_at).count();
    const int unit_days = rule->unit == Recurrence::Unit::day ? 1 : rule->unit == Recurrence::Unit::week ? 7 : 31;
    count = std::max<int>(1, static_cast<int>(late / (unit_days * rule->interval)));
  }
  TimePoint next{};
  do {
    next = step(*rule, from, count++, day) + time_of_day;
  } while (next <= now);  // always after due_at: a step is a day at least
  if (next > rule->until)
    return std::nullopt;
  std::string kept(text);
  const auto next_day = static_cast<unsigned>(year_month_day(std::chrono::floor<days>(next)).day());
  if (rule->unit == Recurrence::Unit::month && rule->month_day == 0 && next_day != day) {
    const auto shown = upper(text);
    kept = (shown == "MONTHLY" ? "FREQ=MONTHLY" : std::string(text)) + ";BYMONTHDAY=" + std::to_string(day);
  }
  return Successor{next, std::move(kept)};
}

}  // namespace salesflow::tasks
