// SessionDays: feedback sessions of slots of time, summed from packed days (migration 0082) and single sessions. No
// I/O.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow::analytics {

/// Figures of some sessions. Rewards are counted in 1/10,000.
struct SessionFigures {
  std::int64_t sessions = 0;
  std::int64_t conversions = 0;
  std::int64_t positive_replies = 0;
  std::int64_t rewarded = 0;  // sessions with a reward
  std::int64_t reward = 0;
  std::int64_t active_users = 0;  // different users

  friend bool operator==(const SessionFigures&, const SessionFigures&) = default;
};

inline constexpr std::int64_t reward_unit = 10'000;

/// One session, as read.
struct SingleSession {
  TimePoint at;
  std::optional<std::int32_t> number;  // of the user in the organisation, when it has one
  std::optional<Uuid> user_id;
  std::string_view outcome;
  std::optional<std::int64_t> reward;
};

/// Days of UTC and sessions come in any order, each once; then figures are asked for.
class SessionDays {
 public:
  /// Slot i is [cuts[i], cuts[i + 1]). Cuts do not fall.
  explicit SessionDays(std::vector<TimePoint> cuts);

  /// False: the day cannot be taken apart at its cuts (not on quarter hours, or somebody was active before and after a
  /// slot that lies inside the day), or its bytes are not what 0082 writes; sessions must be counted one by one.
  [[nodiscard]] bool add_day(Date day, std::span<const std::byte> quarters, std::span<const std::byte> people);
  void add_session(const SingleSession& session);

  std::size_t slots() const { return sums_.size(); }
  /// Of the slots from `first` to before `last`, together.
  SessionFigures figures(std::size_t first, std::size_t last) const;

 private:
  struct People {
    std::vector<std::uint64_t> numbers;  // a bit each
    std::set<Uuid> others;               // without a number yet
    void add(std::int32_t number);
    void add(const People& more);
    std::int64_t count() const;
  };

  /// The slot that holds the instant; none: before the first or after the last.
  std::optional<std::size_t> slot_of(TimePoint at) const;

  std::vector<TimePoint> cuts_;
  std::vector<SessionFigures> sums_;  // without people
  std::vector<People> people_;
};

}  // namespace salesflow::analytics
