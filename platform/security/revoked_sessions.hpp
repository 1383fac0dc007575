// RevokedSessions: which sessions ended before their access tokens did. One per process, filled by polling the database
// (which works through a pooler too), so that every node refuses a revoked session within a second.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"
#include "platform/security/snapshot.hpp"

namespace salesflow::security {

struct RevokedSession {
  Uuid session_id;
  TimePoint revoked_at{};  // by the database's clock
};

/// Thread-safe: any thread reads by a Reader of its own, any may revoke.
class RevokedSessions {
 public:
  using Set = boost::unordered_flat_set<Uuid, std::hash<Uuid>>;
  using Reader = Snapshot<Set>::Reader;

  /// `keep` is how long an entry matters: the life of an access token and the leeway of its expiry.
  explicit RevokedSessions(std::chrono::seconds keep);

  /// Known here at once, before the next poll tells the other nodes.
  void revoke(Uuid session_id, TimePoint now);

  /// From when the next poll should ask (revoked_at >= since). It overlaps the last answer, because a revocation can be
  /// seen only at its commit, a little after its revoked_at; once a minute it asks for all that can matter, so that a
  /// database clock set back hides nothing for longer.
  TimePoint poll_since(TimePoint now);
  /// Takes in what a poll found and drops what no token can carry any more. Copies the set only if it changed.
  void merge(const std::vector<RevokedSession>& found, TimePoint now);

  Reader reader() const { return Reader(current_); }
  std::size_t size() const { return current_.load()->size(); }
  /// When the last poll succeeded; the epoch before the first.
  TimePoint polled_at() const;

  static constexpr std::chrono::seconds overlap{30};
  static constexpr std::chrono::seconds whole_every{60};
  static constexpr std::chrono::minutes clock_margin{10};  // between our clock and the database's

 private:
  void publish();  // with mutex_ held

  const std::chrono::seconds keep_;
  mutable std::mutex mutex_;
  // Until when an entry matters, by this process' clock counted from when it was first seen: clocks may differ.
  boost::unordered_flat_map<Uuid, TimePoint, std::hash<Uuid>> until_;
  TimePoint newest_{};
  TimePoint whole_asked_at_{};
  TimePoint polled_at_{};
  Snapshot<Set> current_;
};

}  // namespace salesflow::security
