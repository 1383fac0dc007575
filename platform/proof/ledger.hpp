// Ledger: what proofs of one process may cost, and what they found.
#pragma once

#include <array>
#include <atomic>
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "platform/core/request_context.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::proof {

/// Which answers are held against their rows.
enum class Kind { dashboard, badges, totals, hot_leads, templates };
BOOST_DESCRIBE_ENUM(Kind, dashboard, badges, totals, hot_leads, templates)
inline constexpr std::size_t kinds = 5;

struct Counts {
  std::uint64_t checked = 0;
  std::uint64_t skipped = 0;  // over budget, too late, or not to be told
  std::uint64_t wrong = 0;
};

struct Settings {
  std::int64_t one_in = 1'000;  // so many answers stand for one proof; 0: none is proven
  /// What proofs may take of a second, in time that PostgreSQL needs for their recounts: 1 % of one core. What is not
  /// used is kept, up to `saved_max`.
  std::chrono::microseconds budget_a_second{10'000};
  std::chrono::microseconds saved_max{5'000'000};
};

/// One a process; thread-safe. Exports salesflow_proof_checked_total, _skipped_total and _wrong_total by kind, and
/// salesflow_proof_wrong_share_max, the largest share of wrong answers that these allow at 95 %
/// (platform/core/bound.hpp).
class Ledger {
 public:
  Ledger(Settings settings, telemetry::Registry& metrics);

  std::int64_t one_in() const { return settings_.one_in; }
  /// Whether the budget allows one more now.
  bool may_begin(SteadyTime now);
  void spend(std::chrono::microseconds took);

  void note_checked(Kind kind, bool is_wrong);
  void note_skipped(Kind kind);
  Counts counts(Kind kind) const;

 private:
  struct Of {
    telemetry::Counter* checked = nullptr;
    telemetry::Counter* skipped = nullptr;
    telemetry::Counter* wrong = nullptr;
  };
  const Of& of(Kind kind) const { return by_kind_[static_cast<std::size_t>(kind)]; }

  const Settings settings_;
  std::array<Of, kinds> by_kind_;
  std::mutex mutex_;
  std::chrono::microseconds saved_;  // below 0: the last one took more than there was
  SteadyTime saved_at_{};
};

}  // namespace salesflow::proof
