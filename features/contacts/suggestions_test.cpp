#include "features/contacts/suggestions.hpp"

#include <gtest/gtest.h>

namespace salesflow::contacts {
namespace {

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Somebody who needs nothing.
Situation settled() {
  Situation contact;
  contact.name = "Eva";
  contact.email = "eva@example.com";
  contact.status = "qualified";
  contact.preferred_channel = "phone";
  contact.last_contact_at = now - std::chrono::days(3);
  contact.next_followup_at = now + std::chrono::days(2);
  contact.open_tasks = 1;
  return contact;
}

std::string actions(const Situation& contact) {
  std::string all;
  for (const Suggestion& suggestion : suggest(contact, now))
    all += suggestion.action + " ";
  return all;
}

TEST(Suggestions, FollowTheSituation) {
  struct Case {
    std::string expected;
    void (*change)(Situation&);
  };
  const Case cases[] = {
      {"", [](Situation&) {}},
      {"reply ", [](Situation& c) { c.last_response_at = now; }},
      {"", [](Situation& c) { c.last_response_at = now - std::chrono::days(9); }},
      {"", [](Situation& c) { c.last_response_at = c.last_contact_at; }},
      {"reply ", [](Situation& c) { c.last_response_at = now, c.last_contact_at.reset(); }},
      {"follow_up ", [](Situation& c) { c.next_followup_at = now; }},
      {"first_contact ", [](Situation& c) { c.last_contact_at.reset(); }},
      {"push_deal ",
       [](Situation& c) {
         c.open_deals = 1, c.stale_deal_since = now - std::chrono::days(14), c.stale_deal_title = "X";
       }},
      {"", [](Situation& c) { c.open_deals = 1, c.stale_deal_since = now - std::chrono::days(13); }},
      {"create_deal ", [](Situation& c) { c.score = 80; }},
      {"", [](Situation& c) { c.score = 80, c.open_deals = 1; }},
      {"", [](Situation& c) { c.status = "customer", c.last_contact_at.reset(); }},
      {"reconnect ", [](Situation& c) { c.last_contact_at = now - std::chrono::days(14); }},
      {"reconnect ", [](Situation& c) { c.last_contact_at = now - std::chrono::days(30); }},
      {"check_in ", [](Situation& c) { c.status = "customer", c.last_contact_at = now - std::chrono::days(30); }},
      {"", [](Situation& c) { c.status = "customer", c.last_contact_at = now - std::chrono::days(29), c.score = 100; }},
      {"schedule ", [](Situation& c) { c.next_followup_at.reset(), c.open_tasks = 0; }},
      {"", [](Situation& c) { c.next_followup_at.reset(), c.open_tasks = 1; }},
      {"complete ", [](Situation& c) { c.email.reset(); }},
      {"", [](Situation& c) { c.email.reset(), c.phone = "+43 1"; }},
      {"", [](Situation& c) { c.email.reset(), c.last_contact_at.reset(), c.do_not_contact = true; }},
      {"", [](Situation& c) { c.email.reset(), c.last_contact_at.reset(), c.status = "lost"; }},
      {"", [](Situation& c) { c.email.reset(), c.last_contact_at.reset(), c.status = "nicht_interessiert"; }},
      {"", [](Situation& c) { c.email.reset(), c.last_contact_at.reset(), c.status = "inactive"; }},
  };
  for (const Case& test : cases) {
    Situation contact = settled();
    test.change(contact);
    EXPECT_EQ(actions(contact), test.expected);
  }
}

TEST(Suggestions, TalkToAContactAsItLikes) {
  const std::pair<std::string_view, std::string_view> ways[] = {
      {"phone", "call"}, {"email", "email"}, {"whatsapp", "whatsapp"}, {"instagram", "followup"}};
  for (const auto& [channel, type] : ways) {
    Situation contact = settled();
    contact.preferred_channel = channel;
    contact.last_response_at = now;
    EXPECT_EQ(suggest(contact, now).at(0).type, type);
  }
}

TEST(Suggestions, AreFiveAtMostTheMostUrgentFirst) {
  Situation contact = settled();
  contact.last_contact_at = now - std::chrono::days(40);
  contact.last_response_at = now;
  contact.next_followup_at = now - std::chrono::days(1);
  contact.score = 100;
  contact.stale_deal_since = now - std::chrono::days(20);
  contact.email.reset();
  EXPECT_EQ(actions(contact), "reply follow_up push_deal create_deal reconnect ");
  EXPECT_EQ(suggest(contact, now).at(0).type, "call") << "the way the contact likes";
}

}  // namespace
}  // namespace salesflow::contacts
