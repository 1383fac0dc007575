// Instants are UTC microseconds, as PostgreSQL keeps them; on the wire RFC 3339 with six digits and Z.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::sys_days;

/// The largest and smallest instants, which travel to PostgreSQL as ±infinity.
inline constexpr TimePoint time_infinity = TimePoint::max();
inline constexpr TimePoint time_minus_infinity = TimePoint::min();

/// The wall clock, replaceable in tests (tests/support has a fake).
using Clock = TimePoint (*)();
TimePoint system_now();

/// Length of "2026-11-23T03:24:12.000000Z".
inline constexpr std::size_t rfc3339_length = 27;
/// Writes rfc3339_length characters; years 0000..9999 only, others are clamped.
void write_rfc3339(TimePoint at, char* out) noexcept;
std::string format_rfc3339(TimePoint at);
/// Reads RFC 3339 with Z or an offset and 0 to 9 fraction digits (cut to microseconds); nullopt on anything else.
std::optional<TimePoint> parse_rfc3339(std::string_view text) noexcept;

/// "2026-11-23".
std::string format_date(Date day);
std::optional<Date> parse_date(std::string_view text) noexcept;

}  // namespace salesflow
