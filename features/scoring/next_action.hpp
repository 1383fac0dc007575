// The next best action for a lead: rules over its score and its messages of 14 days. Pure, no I/O.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/time.hpp"

namespace salesflow::scoring {

/// What the rules look at. Counts are of the newest 20 messages within 14 days.
struct Situation {
  std::optional<double> p_score;  // 0..100; 50 when the lead has none
  std::string_view status;        // compared without case; empty for a contact without a lead
  std::int32_t inbound_count = 0;
  std::int32_t outbound_count = 0;
  std::optional<TimePoint> last_event_at;  // empty: no messages
  std::string_view last_channel;
};

struct ActionFacts {
  double p_score = 50;
  std::int32_t inbound_count = 0;
  std::int32_t outbound_count = 0;
  std::optional<std::int64_t> days_since_last;  // whole days; null without messages
  std::optional<std::string> status;
};
BOOST_DESCRIBE_STRUCT(ActionFacts, (), (p_score, inbound_count, outbound_count, days_since_last, status))

/// What to do next, as it is sent (contract 2.3).
struct NextAction {
  std::string action_key;  // call_script wait closing_helper offer_create follow_up research_person nurture
  std::string reason;
  std::string suggested_channel;  // of the newest message; whatsapp for internal ones and without messages
  std::int32_t priority = 1;      // 5 from a score of 80, 4 from 60, 3 from 40, 2 from 20, else 1
  ActionFacts meta;
};
BOOST_DESCRIBE_STRUCT(NextAction, (), (action_key, reason, suggested_channel, priority, meta))

/// The first rule that fits: no messages, call_script; the last one younger than a day, wait; a score from 75 with 3
/// inbound messages, closing_helper (status proposal or negotiation) or offer_create; a score from 40 below 75,
/// follow_up when the last message is 3 days old or any came in, else research_person; below 40 nurture; else
/// follow_up.
NextAction choose_action(const Situation& situation, TimePoint now);

}  // namespace salesflow::scoring
