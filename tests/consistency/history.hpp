// History: what was written to one object, and whether an answer that shows it may show what it shows.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace salesflow::consistency {

/// Nanoseconds of one steady clock of this process.
using Nanos = std::int64_t;
constexpr Nanos milliseconds_of(std::int64_t count) {
  return count * 1'000'000;
}

enum class Rule {
  own_write,  // older than a write that was acknowledged to the same session
  stale,      // older than a write that was acknowledged to anybody, where nothing excuses it
  too_old,    // older than the documented bound allows
  invented,   // a version that nobody wrote, or an object of another tenant
  clock,      // what the passing of time alone had to change did not change, or too early
  stream,     // a change was not told, told twice or told out of order
  no_stamp,   // a write was acknowledged without a stamp
  stampede,   // many who asked for the same at once had it made more than twice
};
inline constexpr Rule all_rules[] = {Rule::own_write, Rule::stale,  Rule::too_old,  Rule::invented,
                                     Rule::clock,     Rule::stream, Rule::no_stamp, Rule::stampede};
const char* name_of(Rule rule);

/// One answer, as far as it shows one object.
struct Sight {
  Nanos began = 0;              // the request was sent not earlier
  std::uint64_t seen = 0;       // the version it showed; 0: the object was missing
  std::uint64_t own_floor = 0;  // what the session had had acknowledged by then
  std::uint64_t any_floor = 0;  // what anybody had had acknowledged by then
  bool is_excused = false;      // stale answers are allowed, up to age_max
  Nanos age_max = 0;            // how long ago what it shows may have been overwritten
};

struct Verdict {
  bool is_good = true;
  Rule rule = Rule::stale;
  Nanos age = 0;  // since what it shows was overwritten; 0: it was not
};

/// The writes to one object. Versions count from 1, the object's state when the run begins.
/// A *register* holds one version, and one writer at a time writes to it. A *counter* counts acknowledged writes of
/// any number of writers at once. Thread-safe; reads of the floors take no lock.
class History {
 public:
  enum class Kind { one_value, counter };
  /// `name`: for stories, e.g. "deals 3".
  explicit History(std::string name, Kind kind = Kind::one_value);

  /// The only writer from here on, until release(); false when there is another. One-value objects only.
  bool claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void release() { claimed_.store(false, std::memory_order_release); }

  /// A write is about to be sent; its version (of a counter: the largest count that it can lead to).
  std::uint64_t begin(int session, int node, Nanos now);
  /// It was acknowledged. What its session may count on from now on.
  std::uint64_t acknowledge(std::uint64_t version, Nanos now);
  /// Nobody knows whether it happened, or will: no answer, or one that leaves it open.
  void leave_open(std::uint64_t version);
  /// It did certainly not happen (the answer said so before anything was done).
  void refuse(std::uint64_t version);

  /// What was acknowledged to anybody by now.
  std::uint64_t floor() const { return floor_.load(std::memory_order_acquire); }
  /// The largest version that anybody has begun to write.
  std::uint64_t ceiling() const { return ceiling_.load(std::memory_order_acquire); }

  Verdict judge(const Sight& sight) const;
  /// The writes around a version and the latest ones, a line each, times in ms before `now`.
  std::string story(std::uint64_t version, Nanos now) const;
  const std::string& name() const { return name_; }
  /// Of writes: acknowledged, and those that nobody knows of.
  std::uint64_t acknowledged() const;
  std::uint64_t open() const;

 private:
  enum class State : std::uint8_t { begun, acknowledged, open, refused };
  struct Write {
    Nanos began = 0, acknowledged = 0;
    std::uint64_t floor_before = 0;  // of a counter: what had been acknowledged when it began
    int session = 0;
    std::int16_t node = 0;
    State state = State::begun;
  };
  Write& at(std::uint64_t version) { return writes_[version - 1]; }
  const Write& at(std::uint64_t version) const { return writes_[version - 1]; }
  /// When the first acknowledged version above `version` was acknowledged; 0: there is none.
  Nanos overwritten_at(std::uint64_t version) const;

  const std::string name_;
  const Kind kind_;
  std::atomic<std::uint64_t> floor_{1}, ceiling_{1};
  std::atomic<bool> claimed_{false};
  mutable std::mutex mutex_;
  std::vector<Write> writes_;              // by version - 1
  std::vector<Nanos> acknowledged_times_;  // of a counter, in their order; the state at the start is the first
};

}  // namespace salesflow::consistency
