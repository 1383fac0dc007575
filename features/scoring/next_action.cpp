#include "features/scoring/next_action.hpp"

#include <algorithm>

namespace salesflow::scoring {
namespace {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

struct Choice {
  std::string_view action_key, reason;
};

Choice choose(const ActionFacts& facts, std::string_view status) {
  if (!facts.days_since_last)
    return {"call_script", "No messages in the last 14 days: open the conversation"};
  if (*facts.days_since_last < 1)
    return {"wait", "The last message is less than a day old"};
  if (facts.p_score >= 75 && facts.inbound_count >= 3) {
    if (status == "proposal" || status == "negotiation")
      return {"closing_helper", "High score, an active conversation and an offer on the table"};
    return {"offer_create", "High score and an active conversation: time for an offer"};
  }
  if (facts.p_score >= 40 && facts.p_score < 75) {
    if (*facts.days_since_last >= 3 || facts.inbound_count > 0)
      return {"follow_up", "Medium score: follow up on the conversation"};
    return {"research_person", "Medium score and no answer yet: learn more about the person"};
  }
  if (facts.p_score < 40)
    return {"nurture", "Low score: keep in touch without pressure"};
  return {"follow_up", "High score with few messages: follow up"};
}

}  // namespace

NextAction choose_action(const Situation& situation, TimePoint now) {
  NextAction action;
  ActionFacts& facts = action.meta;
  facts.p_score = situation.p_score.value_or(50);
  facts.inbound_count = situation.inbound_count;
  facts.outbound_count = situation.outbound_count;
  if (situation.last_event_at) {
    // A found -infinity is as long ago as the year 1.
    constexpr TimePoint year_one{std::chrono::microseconds(-62'135'596'800'000'000)};
    const auto days = std::chrono::floor<std::chrono::days>(now - std::max(*situation.last_event_at, year_one)).count();
    facts.days_since_last = std::max<std::int64_t>(days, 0);  // a sender's clock may run ahead
  }
  if (!situation.status.empty())
    facts.status = std::string(situation.status);
  const Choice choice = choose(facts, to_lower(situation.status));
  action.action_key = choice.action_key;
  action.reason = choice.reason;
  action.suggested_channel =
      situation.last_channel.empty() || situation.last_channel == "internal" ? "whatsapp" : situation.last_channel;
  action.priority = facts.p_score >= 80   ? 5
                    : facts.p_score >= 60 ? 4
                    : facts.p_score >= 40 ? 3
                    : facts.p_score >= 20 ? 2
                                          : 1;
  return action;
}

}  // namespace salesflow::scoring
