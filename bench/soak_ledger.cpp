#include "bench/soak_ledger.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/rounds.hpp"

namespace salesflow::bench {
namespace {

constexpr std::size_t examples_max = 10;

}  // namespace

void SoakLedger::record_create(const std::string& marker, Promise promise) {
  const std::lock_guard lock(mutex_);
  if (!writes_.try_emplace(marker, Write{promise, {"pending"}}).second) {
    throw std::logic_error("marker used twice: " + marker);
  }
}

void SoakLedger::record_status(const std::string& marker, const std::string& status, Promise promise) {
  const std::lock_guard lock(mutex_);
  Write& write = writes_.at(marker);
  if (promise == Promise::stored) {
    write.statuses_possible.clear();
  }
  write.statuses_possible.push_back(status);
}

void SoakLedger::record_violation(std::string what) {
  const std::lock_guard lock(mutex_);
  ++violations_[std::move(what)];
}

SoakLedger::Verdict SoakLedger::judge(const std::vector<StoredEvent>& stored) const {
  const std::lock_guard lock(mutex_);
  Verdict verdict;
  const auto complain = [&](std::uint64_t& counter, const std::string& text) {
    ++counter;
    if (verdict.examples.size() < examples_max) {
      verdict.examples.push_back(text);
    }
  };
  std::map<std::string, std::uint64_t> rows;
  for (const StoredEvent& event : stored) {
    const std::uint64_t row = ++rows[event.marker];
    const auto write = writes_.find(event.marker);
    if (write == writes_.end()) {
      complain(verdict.unknown, "never asked for: " + event.marker);
      continue;
    }
    if (row == 2) {
      complain(verdict.doubled, "stored twice: " + event.marker);
    }
    const auto& possible = write->second.statuses_possible;
    if (std::find(possible.begin(), possible.end(), event.status) == possible.end()) {
      complain(verdict.wrong_status,
               fmt::format("{} is {}, not {}", event.marker, event.status, fmt::join(possible, " or ")));
    }
  }
  for (const auto& [marker, write] : writes_) {
    const bool is_stored = rows.contains(marker);
    if (write.promise == Promise::uncertain) {
      ++verdict.uncertain;
      verdict.uncertain_but_stored += is_stored ? 1 : 0;
      continue;
    }
    ++verdict.acknowledged;
    if (!is_stored) {
      complain(verdict.lost, "acknowledged and lost: " + marker);
    }
  }
  return verdict;
}

std::uint64_t SoakLedger::violations() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  for (const auto& [what, times] : violations_) {
    count += times;
  }
  return count;
}

std::vector<std::string> SoakLedger::describe_violations() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& [what, times] : violations_) {
    if (lines.size() < examples_max) {
      lines.push_back(fmt::format("{} × {}", times, what));
    }
  }
  return lines;
}

double growth_of(const std::vector<double>& samples) {
  const std::size_t quarter = samples.size() / 4;
  if (quarter < 2) {
    return 0;
  }
  const auto at = [&](std::size_t position) { return samples.begin() + static_cast<std::ptrdiff_t>(position); };
  return median({at(samples.size() - quarter), samples.end()}) - median({at(quarter), at(2 * quarter)});
}

}  // namespace salesflow::bench
