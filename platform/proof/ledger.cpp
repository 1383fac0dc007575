#include "platform/proof/ledger.hpp"

#include <algorithm>

#include "platform/core/bound.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::proof {

using std::chrono::microseconds;

Ledger::Ledger(Settings settings, telemetry::Registry& metrics) : settings_(settings), saved_(settings.saved_max) {
  for (std::size_t i = 0; i < kinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    const telemetry::Labels labels{{"kind", std::string(enum_name(kind))}};
    by_kind_[i] = {
        &metrics.counter("salesflow_proof_checked_total", "Live answers that were derived again from rows", labels),
        &metrics.counter("salesflow_proof_skipped_total", "Live answers that were to be derived again and were not",
                         labels),
        &metrics.counter("salesflow_proof_wrong_total", "Live answers that were not what rows say", labels)};
    metrics.gauge_callback("salesflow_proof_wrong_share_max",
                           "The largest share of wrong answers that checks of this process allow at 95 %", labels,
                           [this, kind] {
                             const Counts now = counts(kind);
                             return wrong_share_max(now.checked, now.wrong);
                           });
  }
}

bool Ledger::may_begin(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (saved_at_ != SteadyTime{}) {
    const auto since = std::chrono::duration<double>(now - saved_at_).count();
    const auto earned = static_cast<double>(settings_.budget_a_second.count()) * std::clamp(since, 0.0, 1e6);
    saved_ = std::min(saved_ + microseconds(static_cast<std::int64_t>(earned)), settings_.saved_max);
  }
  saved_at_ = now;
  return saved_ > microseconds(0);
}

void Ledger::spend(microseconds took) {
  const std::lock_guard lock(mutex_);
  saved_ -= took;
}

void Ledger::note_checked(Kind kind, bool is_wrong) {
  of(kind).checked->add();
  if (is_wrong)
    of(kind).wrong->add();
}

void Ledger::note_skipped(Kind kind) {
  of(kind).skipped->add();
}

Counts Ledger::counts(Kind kind) const {
  return {of(kind).checked->value(), of(kind).skipped->value(), of(kind).wrong->value()};
}

}  // namespace salesflow::proof
