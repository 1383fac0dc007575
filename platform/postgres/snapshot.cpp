#include "platform/postgres/snapshot.hpp"

#include <charconv>

namespace salesflow::postgres {
namespace {

/// Reads one number and the separator behind it (0: end of text); moves `text` on.
bool read_number(std::string_view& text, std::uint64_t& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc())
    return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool read_bounds(std::string_view& text, std::uint64_t& xmin, std::uint64_t& xmax) noexcept {
  if (!read_number(text, xmin) || !text.starts_with(':'))
    return false;
  text.remove_prefix(1);
  if (!read_number(text, xmax) || !text.starts_with(':'))
    return false;
  text.remove_prefix(1);
  return xmin <= xmax;
}

}  // namespace

bool snapshot_contains(std::string_view snapshot, std::uint64_t xid) noexcept {
  std::uint64_t xmin = 0, xmax = 0;
  if (!read_bounds(snapshot, xmin, xmax) || xid >= xmax)
    return false;
  bool running = false;
  while (!snapshot.empty()) {
    std::uint64_t id = 0;
    if (!read_number(snapshot, id))
      return false;
    running |= id == xid;
    if (snapshot.starts_with(',')) {
      snapshot.remove_prefix(1);
      if (snapshot.empty())
        return false;
    } else if (!snapshot.empty()) {
      return false;
    }
  }
  return xid < xmin || !running;
}

bool is_beyond(std::string_view snapshot, std::uint64_t xid, std::uint64_t distance) noexcept {
  std::uint64_t xmin = 0, xmax = 0;
  return read_bounds(snapshot, xmin, xmax) && xid >= xmax && xid - xmax >= distance;
}

std::string standby_snapshot(std::string_view snapshot) {
  std::uint64_t xmin = 0, xmax = 0;
  if (!read_bounds(snapshot, xmin, xmax))
    return {};
  const std::string bound = std::to_string(xmin);
  return bound + ":" + bound + ":";
}

}  // namespace salesflow::postgres
