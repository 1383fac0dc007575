// What pools of pipelined connections have in common: which connection takes the next request, and when one that broke
// is opened again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace salesflow {

/// The connection of `seats` that takes a request: one that is corked, where `joins` it, since what is sent in one turn
/// of the event loop is one send and one wake-up of the server; else the one with the fewest requests in flight. Null:
/// none is open, has room for less than in_flight_max, and `is_ready`.
template <class Seats, class IsReady, class Joins>
auto choose_connection(const Seats& seats, int in_flight_max, IsReady is_ready, Joins joins) {
  decltype(seats.front().connection.get()) best = nullptr;
  int fewest = in_flight_max;
  for (const auto& seat : seats) {
    auto* const connection = seat.connection.get();
    if (!connection || !connection->is_open() || connection->is_congested() ||
        connection->in_flight() >= in_flight_max || !is_ready(*connection))
      continue;
    if (connection->is_corked() && joins(*connection))
      return connection;
    if (connection->in_flight() < fewest) {
      best = connection;
      fewest = connection->in_flight();
    }
  }
  return best;
}

/// How long to wait behind so many failures: doubles up to `max`; half of it by chance, so that threads and nodes do
/// not come back together.
template <class Random>
std::chrono::microseconds reconnect_pause(std::chrono::milliseconds min, std::chrono::milliseconds max, int failures,
                                          Random& random) {
  const std::chrono::microseconds half = std::min(max, min * (1 << std::min(failures, 16))) / 2;
  return half + std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, half.count())(random));
}

}  // namespace salesflow
