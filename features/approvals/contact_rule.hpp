// When a lead may be written to without a person looking: the contract's rule for automatic sending.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/core/time.hpp"

namespace salesflow::approvals {

/// What is known of the contact with a lead, as stored.
struct ContactState {
  std::string_view lead_status = {};  // lower case
  std::optional<std::string_view> contact_status = {};
  std::optional<TimePoint> awaiting_reply_since = {}, last_outreach_at = {}, last_inbound_at = {};
  bool do_not_contact = false;
};

/// never_contacted, awaiting_reply, in_conversation, customer or lost. A won or lost lead is customer or lost whatever
/// its contact status says; where that says nothing, the last messages tell.
std::string_view contact_status_of(const ContactState& state);

struct Verdict {
  bool can_send = false;
  std::string_view contact_status;
  std::string reason;
  std::optional<std::int64_t> days_waiting;  // whole days since the message that waits for an answer
};

/// never_contacted: yes. awaiting_reply: after two days. in_conversation, customer, lost and who is not to be
/// contacted: no.
Verdict may_send_unasked(const ContactState& state, TimePoint now);

}  // namespace salesflow::approvals
