#include "features/approvals/contact_rule.hpp"

#include <algorithm>

namespace salesflow::approvals {

constexpr std::int64_t days_to_wait = 2;
/// As long ago as a found -infinity is.
constexpr TimePoint year_one{std::chrono::microseconds(-62'135'596'800'000'000)};

std::string_view contact_status_of(const ContactState& state) {
  if (state.lead_status == "won")
    return "customer";
  if (state.lead_status == "lost")
    return "lost";
  const std::string_view stored = state.contact_status.value_or("never_contacted");
  for (const std::string_view known : {"awaiting_reply", "in_conversation", "customer", "lost"}) {
    if (stored == known)
      return known;
  }
  if (!state.last_outreach_at)
    return state.last_inbound_at ? "in_conversation" : "never_contacted";
  return state.last_inbound_at && *state.last_inbound_at > *state.last_outreach_at ? "in_conversation"
                                                                                   : "awaiting_reply";
}

Verdict may_send_unasked(const ContactState& state, TimePoint now) {
  Verdict verdict;
  verdict.contact_status = contact_status_of(state);
  const auto since = state.awaiting_reply_since ? state.awaiting_reply_since : state.last_outreach_at;
  if (verdict.contact_status == "awaiting_reply" && since)
    verdict.days_waiting = std::chrono::floor<std::chrono::days>(now - std::max(*since, year_one)).count();
  if (state.do_not_contact) {
    verdict.reason = "The lead does not want to be contacted";
  } else if (verdict.contact_status == "never_contacted") {
    verdict.can_send = true;
    verdict.reason = "The lead was never contacted";
  } else if (verdict.contact_status == "awaiting_reply") {
    // Without a time nobody knows how long it has been: long enough.
    verdict.can_send = verdict.days_waiting.value_or(days_to_wait) >= days_to_wait;
    verdict.reason = verdict.can_send ? "No answer for two days or more" : "The last message is less than two days old";
  } else if (verdict.contact_status == "in_conversation") {
    verdict.reason = "The lead is in a conversation: a person answers";
  } else if (verdict.contact_status == "customer") {
    verdict.reason = "The lead is a customer";
  } else {
    verdict.reason = "The lead is lost";
  }
  return verdict;
}

}  // namespace salesflow::approvals
