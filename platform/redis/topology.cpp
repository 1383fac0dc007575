#include "platform/redis/topology.hpp"

#include <charconv>

#include "platform/redis/slots.hpp"

namespace salesflow::redis {
namespace {

std::optional<int> to_number(std::string_view text, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > max)
    return std::nullopt;
  return value;
}

}  // namespace

Result<std::vector<SlotRange>> parse_slots(const Value& reply, const Address& asked) {
  const auto broken = [] { return fail(Errc::internal, "CLUSTER SLOTS has an unknown form"); };
  if (reply.type() != Type::array)
    return broken();
  std::vector<SlotRange> ranges;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const Value row = reply[i];
    if (row.size() < 3 || row[2].size() < 2)
      return broken();
    const std::int64_t first = row[0].integer(), last = row[1].integer(), port = row[2][1].integer();
    if (first < 0 || first > last || last >= slot_count || port < 1 || port > 65'535)
      return broken();
    SlotRange range{
        static_cast<int>(first), static_cast<int>(last), {std::string(row[2][0].text()), static_cast<int>(port)}};
    if (range.primary.host.empty() || range.primary.host == "?")
      range.primary.host = asked.host;
    ranges.push_back(std::move(range));
  }
  return ranges;
}

std::optional<Redirection> parse_redirection(std::string_view error, const Address& asked) {
  Redirection redirection;
  redirection.is_ask = error.starts_with("ASK ");
  if (!redirection.is_ask && !error.starts_with("MOVED "))
    return std::nullopt;
  error.remove_prefix(error.find(' ') + 1);
  const auto space = error.find(' ');
  const auto colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon <= space)
    return std::nullopt;
  const auto slot = to_number(error.substr(0, space), slot_count - 1);
  const auto port = to_number(error.substr(colon + 1), 65'535);
  if (!slot || !port || *port == 0)
    return std::nullopt;
  redirection.slot = static_cast<std::uint16_t>(*slot);
  redirection.to = {std::string(error.substr(space + 1, colon - space - 1)), *port};
  if (redirection.to.host.empty() || redirection.to.host == "?")
    redirection.to.host = asked.host;
  return redirection;
}

}  // namespace salesflow::redis
