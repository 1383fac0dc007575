#include "platform/cache/flights.hpp"

namespace salesflow::cache {

void Flights::Pilot::land(EntryPtr entry) {
  if (Flights* const flights = std::exchange(flights_, nullptr))
    flights->land(key_, std::move(entry));
}

Flights::Boarded Flights::board(const Key& key, asio::io_context& context) {
  Boarded boarded;
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  const auto [flight, is_new] = own.flights.try_emplace(key);
  if (is_new) {
    boarded.pilot.emplace(*this, key);
  } else {
    boarded.landing = std::make_shared<OneShot<EntryPtr>>(context);
    flight->second.push_back({&context, boarded.landing});
  }
  return boarded;
}

void Flights::land(const Key& key, EntryPtr entry) {
  std::vector<Waiter> waiting;
  {
    Shard& own = shard(key);
    const std::lock_guard lock(own.mutex);
    const auto flight = own.flights.find(key);
    if (flight == own.flights.end())
      return;
    waiting = std::move(flight->second);
    own.flights.erase(flight);
  }
  for (Waiter& waiter : waiting)
    asio::post(*waiter.context, [landing = std::move(waiter.landing), entry] { landing->set(entry); });
}

}  // namespace salesflow::cache
