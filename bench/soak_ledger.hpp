// What soak clients were told about their writes, held against what the database has in the end.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace salesflow::bench {

/// What the answers of the service promised about one create.
enum class Promise {
  stored,     // 200: exactly one row
  uncertain,  // 409, 503, 504 or a broken connection, and it was not repeated: one row or none
};

/// Thread-safe while clients run.
class SoakLedger {
 public:
  /// `marker` is the event's text, unique for ever. A write is entered once, when its last word is known.
  void record_create(const std::string& marker, Promise promise);
  /// A status change of an acknowledged event: `status` was asked for; acknowledged or uncertain.
  void record_status(const std::string& marker, const std::string& status, Promise promise);
  /// An answer that must not happen: a 500, a 4xx, a broken body, a write that was not there on the next read.
  void record_violation(std::string what);

  struct StoredEvent {
    std::string marker;
    std::string status;
  };
  struct Verdict {
    std::uint64_t acknowledged = 0, uncertain = 0, uncertain_but_stored = 0;
    std::uint64_t lost = 0;             // acknowledged, not there
    std::uint64_t doubled = 0;          // more than one row
    std::uint64_t unknown = 0;          // there, never asked for
    std::uint64_t wrong_status = 0;     // neither the last acknowledged status nor one that was uncertain after it
    std::vector<std::string> examples;  // up to ten, in words
    bool good() const noexcept { return lost + doubled + unknown + wrong_status == 0; }
  };
  /// Holds all that was recorded against all stored events of the run, in any order.
  Verdict judge(const std::vector<StoredEvent>& stored) const;

  std::uint64_t violations() const;
  /// The first ten, each with how often it happened.
  std::vector<std::string> describe_violations() const;

 private:
  struct Write {
    Promise promise = Promise::uncertain;
    std::vector<std::string> statuses_possible{"pending"};
  };
  mutable std::mutex mutex_;
  std::map<std::string, Write> writes_;
  std::map<std::string, std::uint64_t> violations_;
};

/// How much a series of samples grew: median of its last quarter less the median of its second (the first is warm-up).
/// 0 with fewer than eight samples.
double growth_of(const std::vector<double>& samples);

}  // namespace salesflow::bench
