#include "features/approvals/contact_rule.hpp"

#include <gtest/gtest.h>

#include "features/approvals/approvals.hpp"

namespace salesflow::approvals {
namespace {

using namespace std::chrono_literals;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

TEST(ContactRule, SendsUnaskedToTheNeverContactedAndTheSilentOnly) {
  struct Case {
    ContactState state;
    std::string_view status;
    bool can_send;
  };
  const Case cases[] = {
      {{.lead_status = "new", .contact_status = "never_contacted"}, "never_contacted", true},
      {{.lead_status = "new", .contact_status = {}}, "never_contacted", true},
      {{.lead_status = "new", .contact_status = "never_contacted", .do_not_contact = true}, "never_contacted", false},
      {{.lead_status = "contacted", .contact_status = "awaiting_reply", .awaiting_reply_since = now - 48h},
       "awaiting_reply",
       true},
      {{.lead_status = "contacted", .contact_status = "awaiting_reply", .awaiting_reply_since = now - 48h + 1us},
       "awaiting_reply",
       false},
      {{.lead_status = "contacted", .contact_status = "awaiting_reply"}, "awaiting_reply", true},
      {{.lead_status = "contacted", .contact_status = "in_conversation"}, "in_conversation", false},
      {{.lead_status = "contacted", .contact_status = "customer"}, "customer", false},
      {{.lead_status = "contacted", .contact_status = "lost"}, "lost", false},
      {{.lead_status = "won", .contact_status = "never_contacted"}, "customer", false},
      {{.lead_status = "lost", .contact_status = "awaiting_reply"}, "lost", false},
      {{.lead_status = "contacted",
        .contact_status = "awaiting_reply",
        .awaiting_reply_since = now - 24h,
        .last_outreach_at = now - 72h},
       "awaiting_reply",
       false},
      {{.lead_status = "new", .contact_status = "never_contacted", .last_inbound_at = now - 1h},
       "in_conversation",
       false},
      // The default says never, the messages say otherwise.
      {{.lead_status = "contacted", .contact_status = "never_contacted", .last_outreach_at = now - 24h},
       "awaiting_reply",
       false},
      {{.lead_status = "contacted", .contact_status = "never_contacted", .last_outreach_at = now - 72h},
       "awaiting_reply",
       true},
      {{.lead_status = "contacted",
        .contact_status = "never_contacted",
        .last_outreach_at = now - 72h,
        .last_inbound_at = now - 71h},
       "in_conversation",
       false},
  };
  for (const Case& one : cases) {
    const auto verdict = may_send_unasked(one.state, now);
    EXPECT_EQ(verdict.contact_status, one.status);
    EXPECT_EQ(verdict.can_send, one.can_send) << verdict.reason << " " << one.status;
    EXPECT_FALSE(verdict.reason.empty());
  }
}

TEST(ItemIds, NameTheirKindAndAreReadStrictly) {
  const std::string id = "0192f3a0-0000-7000-8000-000000000001";
  EXPECT_EQ(parse_item_id("followup_" + id)->kind, ItemKind::followup);
  EXPECT_EQ(parse_item_id("approval_" + id)->kind, ItemKind::approval);
  EXPECT_EQ(parse_item_id("lead_" + id)->id, *Uuid::parse(id));
  for (const std::string& text :
       {std::string(), id, "lead" + id, "Lead_" + id, std::string("lead_"), "lead_" + id + "0", "lead_x" + id.substr(1),
        "task_" + id, " lead_" + id, "lead_lead_" + id}) {
    const auto item = parse_item_id(text);
    ASSERT_TRUE(item.has_error()) << text;
    EXPECT_EQ(item.error().code, Errc::malformed);
    EXPECT_EQ(item.error().errors.at(0).field, "path.item_id");
  }
}

}  // namespace
}  // namespace salesflow::approvals
