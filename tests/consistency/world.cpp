#include "tests/consistency/world.hpp"

#include <fmt/format.h>

namespace salesflow::consistency {

void World::violate(Rule rule, const std::string& story) {
  ++violations_;
  const std::lock_guard lock(mutex_);
  if (++by_rule_[rule] <= 3)
    fmt::print("\nVIOLATION ({}) at {:.1f} s\n{}    {}\n", name_of(rule), static_cast<double>(now() - began) / 1e9,
               story, weather_);
  std::fflush(stdout);
  if (stops_at_violation)
    stop = true;
}

std::uint64_t World::violations_of(Rule rule) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_rule_.find(rule);
  return found == by_rule_.end() ? 0 : found->second;
}

void World::note_odd(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++odd_[what];
}

std::map<std::string, std::uint64_t> World::odd() const {
  const std::lock_guard lock(mutex_);
  return odd_;
}

void World::note_fault(const std::string& kind) {
  const std::lock_guard lock(mutex_);
  ++faults_[kind];
}

std::map<std::string, std::uint64_t> World::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::string World::weather() const {
  const std::lock_guard lock(mutex_);
  return weather_;
}

void World::set_weather(const std::string& text) {
  const std::lock_guard lock(mutex_);
  weather_ = fmt::format("{} at {:.1f} s", text, static_cast<double>(now() - began) / 1e9);
}

std::string replaced(std::string text, std::string_view name, std::string_view value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
  return text;
}

}  // namespace salesflow::consistency
