// World: who asks, what they write to, what each of their paths shows; and what came of it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/consistency/excuse.hpp"
#include "tests/consistency/history.hpp"

namespace salesflow::consistency {

inline Nanos now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// How a path's answers may be kept.
enum class Guarantee {
  never,    // not at all: always current, whatever fails
  strict,   // current while Redis is healthy
  bounded,  // as old as its policy allows
};

/// An object under test: a row whose text carries its version, or a figure.
struct Object {
  std::size_t number = 0;
  History history;
  std::string write_path, write_method = "PATCH";
  std::string write_body;     // with %M for the marker and %V for the version
  bool is_outside = false;    // written by SQL, outside of the service
  std::string write_sql;      // with %M, for those
  std::size_t counter = 0;    // the figure that each write counts up, 0: none
  std::string table, row_id;  // of the row, for streams
  Object(std::size_t number_of, std::string name, History::Kind kind)
      : number(number_of), history(std::move(name), kind) {}
};

/// A figure in an answer.
struct Figure {
  std::size_t object = 0;
  std::string key, within;
  std::uint64_t offset = 0;  // added to what is read, so that the state at the start is 1
};

struct View {
  std::string path;
  Guarantee guarantee = Guarantee::strict;
  Nanos ttl = 0;                   // the greatest age of a kept answer
  std::vector<std::size_t> shows;  // objects by their markers
  std::vector<Figure> figures;
};

/// A user in an organisation.
struct Person {
  std::string user_id, org_id, token;
  std::vector<View> views;
  std::vector<std::size_t> writes;  // objects
  std::vector<std::size_t> tenant;  // all whose markers may be seen
};

enum class CacheWord { none, hit, miss, stale, bypass, other };
inline constexpr std::array<const char*, 6> cache_words{"none", "hit", "miss", "stale", "bypass", "other"};

struct Tally {
  std::atomic<std::uint64_t> reads{0}, sights{0}, unchanged{0}, reads_failed{0}, writes{0}, writes_open{0},
      writes_refused{0}, outside_writes{0}, clock_checks{0}, stampedes{0}, stream_events{0}, stream_resumes{0},
      stream_resyncs{0}, stale_seen{0};
  std::array<std::atomic<std::uint64_t>, cache_words.size()> words{};
  std::atomic<Nanos> oldest{0};          // the greatest age that was seen, allowed or not
  std::atomic<Nanos> oldest_outside{0};  // of writes outside of the service, while all was well

  static void raise(std::atomic<Nanos>& to, Nanos value) {
    for (Nanos seen = to.load(); value > seen && !to.compare_exchange_weak(seen, value);) {
    }
  }
};

/// Everything that threads share.
class World {
 public:
  explicit World(Nanos recovery) : redis_excuse(recovery), relay_excuse(recovery) { objects.push_back(nullptr); }

  Object& add_object(std::string name, History::Kind kind = History::Kind::one_value) {
    objects.push_back(std::make_unique<Object>(objects.size(), std::move(name), kind));
    return *objects.back();
  }
  Object& object(std::size_t number) { return *objects[number]; }

  /// Keeps a violation's story; the first of each rule is printed at once.
  void violate(Rule rule, const std::string& story);
  std::uint64_t violations() const { return violations_; }
  std::uint64_t violations_of(Rule rule) const;
  /// An answer that should not have come, e.g. a 500; counted by its text.
  void note_odd(const std::string& what);
  std::map<std::string, std::uint64_t> odd() const;
  void note_fault(const std::string& kind);
  std::map<std::string, std::uint64_t> faults() const;
  /// What is at work now, for stories.
  std::string weather() const;
  void set_weather(const std::string& text);

  std::vector<std::unique_ptr<Object>> objects;  // [0] is none
  std::vector<std::unique_ptr<Person>> people;
  Excuse redis_excuse;  // strict answers may be old
  Excuse relay_excuse;  // writes outside of the service may be heard of late
  Nanos outside_bound = milliseconds_of(2'000);
  Tally tally;
  std::atomic<bool> stop{false};
  bool stops_at_violation = false;
  const Nanos began = now();

 private:
  mutable std::mutex mutex_;
  std::map<Rule, std::uint64_t> by_rule_;
  std::atomic<std::uint64_t> violations_{0};
  std::map<std::string, std::uint64_t> odd_, faults_;
  std::string weather_ = "no fault yet";
};

/// `text` with each `name` replaced.
std::string replaced(std::string text, std::string_view name, std::string_view value);

}  // namespace salesflow::consistency
