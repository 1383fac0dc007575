#include "tests/consistency/history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace salesflow::consistency {

const char* name_of(Rule rule) {
  switch (rule) {
    case Rule::own_write:
      return "own write";
    case Rule::stale:
      return "stale";
    case Rule::too_old:
      return "too old";
    case Rule::invented:
      return "invented";
    case Rule::clock:
      return "clock";
    case Rule::stream:
      return "stream";
    case Rule::no_stamp:
      return "no stamp";
    case Rule::stampede:
      return "stampede";
  }
  return "";
}

History::History(std::string name, Kind kind) : name_(std::move(name)), kind_(kind) {
  writes_.push_back({.state = State::acknowledged});
  acknowledged_times_.push_back(0);
}

std::uint64_t History::begin(int session, int node, Nanos now) {
  const std::lock_guard lock(mutex_);
  writes_.push_back(
      {.began = now, .floor_before = floor(), .session = session, .node = static_cast<std::int16_t>(node)});
  ceiling_.store(writes_.size(), std::memory_order_release);
  return writes_.size();
}

std::uint64_t History::acknowledge(std::uint64_t version, Nanos now) {
  const std::lock_guard lock(mutex_);
  Write& write = at(version);
  write.state = State::acknowledged;
  write.acknowledged = now;
  if (kind_ == Kind::counter) {
    acknowledged_times_.push_back(now);
    floor_.store(acknowledged_times_.size(), std::memory_order_release);
    // All that was acknowledged before it began was committed before it, so whoever sees it sees those, too.
    return write.floor_before + 1;
  }
  floor_.store(version, std::memory_order_release);
  return version;
}

void History::leave_open(std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  at(version).state = State::open;
}

void History::refuse(std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  at(version).state = State::refused;
}

Nanos History::overwritten_at(std::uint64_t version) const {
  if (kind_ == Kind::counter)
    return version < acknowledged_times_.size() ? acknowledged_times_[version] : 0;
  for (std::uint64_t next = version + 1; next <= writes_.size(); ++next) {
    if (at(next).state == State::acknowledged)
      return at(next).acknowledged;
  }
  return 0;
}

Verdict History::judge(const Sight& sight) const {
  if (sight.seen > ceiling())
    return {.is_good = false, .rule = Rule::invented};
  if (sight.seen >= sight.any_floor && sight.seen >= sight.own_floor)
    return {};
  const std::lock_guard lock(mutex_);
  // A write of which nobody knows may come to be at any time, also behind those that were acknowledged since.
  if (kind_ == Kind::one_value && sight.seen >= 1 && at(sight.seen).state == State::open)
    return {};
  const Nanos overwritten = overwritten_at(sight.seen);
  const Nanos age = overwritten == 0 ? 0 : std::max<Nanos>(0, sight.began - overwritten);
  if (sight.seen < sight.own_floor)
    return {.is_good = false, .rule = Rule::own_write, .age = age};
  if (!sight.is_excused)
    return {.is_good = false, .rule = Rule::stale, .age = age};
  return {.is_good = age <= sight.age_max, .rule = Rule::too_old, .age = age};
}

std::string History::story(std::uint64_t version, Nanos now) const {
  const std::lock_guard lock(mutex_);
  std::string told;
  const auto last = writes_.size();
  const auto first = version > 2 ? version - 2 : 1;
  for (std::uint64_t at_version = first; at_version <= last; ++at_version) {
    if (at_version > version + 6 && at_version + 2 < last) {
      told += "    …\n";
      at_version = last - 2;
    }
    const Write& write = at(at_version);
    const auto before = [now](Nanos then) { return static_cast<double>(then - now) / 1e6; };
    if (at_version == 1) {
      told += "    version 1: before the run\n";
      continue;
    }
    told += fmt::format("    version {}: session {} through node {}, sent {:.1f} ms", at_version, write.session,
                        write.node, before(write.began));
    switch (write.state) {
      case State::begun:
        told += ", under way\n";
        break;
      case State::acknowledged:
        told += fmt::format(", acknowledged {:.1f} ms\n", before(write.acknowledged));
        break;
      case State::open:
        told += ", outcome unknown\n";
        break;
      case State::refused:
        told += ", refused\n";
        break;
    }
  }
  return told;
}

std::uint64_t History::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(std::count_if(
      writes_.begin() + 1, writes_.end(), [](const Write& write) { return write.state == State::acknowledged; }));
}

std::uint64_t History::open() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(std::count_if(writes_.begin() + 1, writes_.end(), [](const Write& write) {
    return write.state == State::open || write.state == State::begun;
  }));
}

}  // namespace salesflow::consistency
