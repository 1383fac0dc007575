// The indexes of phase 1 as the catalogue has them: names and definitions that statements and budgets rely on.
#include <gtest/gtest.h>

#include <map>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::TestDatabase;

constexpr const char* contact_filters = ", status, lifecycle_stage, vertical, owner_id, score, next_followup_at)";

std::map<std::string, std::string> expected_definitions() {
  const std::string t = contact_filters;
  return {
      {"idx_message_events_user_status_created",
       "(user_id, autopilot_status, created_at DESC, id DESC, channel, direction)"},
      {"idx_message_events_user_created_direction", "(user_id, created_at DESC, id DESC, direction, channel)"},
      {"idx_message_events_user_contact_created",
       "(user_id, contact_id, created_at DESC, id DESC, direction, channel, autopilot_status) WHERE (contact_id IS NOT "
       "NULL)"},
      {"idx_message_events_user_channel_status",
       "(user_id, channel, created_at, id, direction) WHERE (autopilot_status = 'pending'::text)"},
      {"idx_leads_p_score_scored_at",
       "(user_id, p_score_key DESC NULLS LAST, id DESC) WHERE (p_score_key IS NOT NULL)"},
      {"idx_leads_next_followup", "(user_id, next_follow_up_key, id)"},
      {"idx_leads_user_email", "(user_id, email_key) WHERE (email_key IS NOT NULL)"},
      {"idx_leads_user_phone", "(user_id, phone_key) WHERE (phone_key IS NOT NULL)"},
      {"idx_leads_user_instagram", "(user_id, instagram_key) WHERE (instagram_key IS NOT NULL)"},
      {"idx_leads_user_name", "(user_id, name_key, id, status_key)"},
      {"idx_leads_user_customer",
       "(user_id, customer_key DESC, created_at DESC, id DESC) WHERE (customer_key IS NOT NULL)"},
      {"idx_leads_status_created", "(user_id, status_key, created_at DESC, id DESC)"},
      {"idx_leads_user_created", "(user_id, created_at DESC, id DESC, score)"},
      {"idx_lead_interactions_user_lead", "(user_id, lead_id, created_at DESC, id DESC)"},
      {"idx_followup_suggestions_user_lead", "(user_id, lead_id, created_at DESC, id DESC, status)"},
      {"idx_followup_suggestions_user_due", "(user_id, status, due_at, id)"},
      {"idx_activities_org_occurred", "(org_id, occurred_at DESC, id DESC)"},
      {"idx_crm_notes_user_contact_created",
       "(user_id, contact_id, created_at DESC, id DESC, note_type) WHERE (contact_id IS NOT NULL)"},
      {"idx_crm_notes_user_lead_created",
       "(user_id, lead_id, created_at DESC, id DESC, note_type) WHERE (lead_id IS NOT NULL)"},
      {"idx_crm_notes_user_deal_created",
       "(user_id, deal_id, created_at DESC, id DESC, note_type) WHERE (deal_id IS NOT NULL)"},
      {"idx_crm_notes_user_created", "(user_id, created_at DESC, id DESC, note_type)"},
      {"idx_rlhf_sessions_created_outcome", "(user_id, created_at DESC, id DESC) INCLUDE (outcome, composite_reward)"},
      {"idx_message_events_org_created", "(org_id, created_at)"},
      {"idx_rlhf_sessions_org_created", "(org_id, created_at) INCLUDE (user_id, outcome, composite_reward)"},
      {"idx_dm_conversations_user_priority",
       "(user_id, priority_score DESC, last_message_key DESC, id DESC, status, platform, attention_at)"},
      {"idx_dm_conversations_user_last", "(user_id, last_message_key DESC, id DESC, status, platform, attention_at)"},
      {"idx_dm_conversations_user_status_platform",
       "(user_id, status, priority_score DESC, last_message_key DESC, id DESC, platform)"},
      {"idx_dm_messages_conversation_sent", "(conversation_id, sent_at DESC, id DESC, user_id)"},
      {"idx_dm_conversations_user_waiting",
       "(user_id, status, attention_at) WHERE (attention_at > '-infinity'::timestamp with time zone)"},
      {"idx_dm_conversations_user_due", "(user_id, sequence_due_at, id) WHERE (sequence_due_at IS NOT NULL)"},
      {"idx_dm_conversations_due", "(sequence_due_at, id) WHERE (sequence_due_at IS NOT NULL)"},
      {"idx_dm_conversations_user_platform_id",
       "(user_id, platform, platform_conversation_id) WHERE (platform_conversation_id IS NOT NULL)"},
      {"idx_dm_messages_user_platform_id",
       "(user_id, platform_message_id, created_at, id) WHERE (platform_message_id IS NOT NULL)"},
      {"idx_dm_messages_user_sent", "(user_id, sent_at, conversation_id, direction, delivery_status)"},
      {"idx_dm_conversation_texts_search", "gin (user_id, search_text gin_trgm_ops)"},
      {"idx_lead_verifications_v_score_duplicate",
       "(user_id, v_score_key DESC, lead_id DESC, id DESC) WHERE ((is_duplicate IS NOT TRUE) AND (v_score_key IS NOT "
       "NULL))"},
      {"idx_lead_hot",
       "(user_id, p_score_key DESC, i_score_key DESC, lead_id DESC) INCLUDE (v_score, i_score, e_score, company_name, "
       "last_activity_at, intent_stage, requested_demo) WHERE (p_score_key IS NOT NULL)"},
      {"idx_leads_never_scored", "(user_id, id) WHERE (p_score_key IS NULL)"},
      {"idx_contacts_org_created", "(org_id, created_at, id" + t},
      {"idx_contacts_org_name_order", "(org_id, name_lc, id" + t},
      {"idx_contacts_org_last_contact", "(org_id, last_contact_at, id" + t},
      {"idx_contacts_org_score", "(org_id, score, id, status, lifecycle_stage, vertical, owner_id, next_followup_at)"},
      {"idx_contacts_org_status", "(org_id, status, id, lifecycle_stage, vertical, owner_id, score, next_followup_at)"},
      {"idx_contacts_org_lead", "(org_id, lead_id) INCLUDE (id) WHERE (lead_id IS NOT NULL)"},
      {"idx_contacts_search", "gin (org_id, search_text gin_trgm_ops)"},
      {"idx_contacts_org_place", "(org_id, lat, lng) WHERE ((lat IS NOT NULL) AND (lng IS NOT NULL))"},
      {"idx_deals_search_folded", "gin (org_id, salesflow_fold(title) gin_trgm_ops)"},
      {"idx_deals_org_created", "(org_id, created_at, id, stage, pipeline, owner_id)"},
      {"idx_deals_org_open_created", "(org_id, created_at, id, stage, pipeline, owner_id) WHERE (closed_at IS NULL)"},
      {"idx_deals_org_open_stage_entered",
       "(org_id, stage_entered_at, id, stage, pipeline, owner_id) WHERE (closed_at IS NULL)"},
      {"idx_deals_org_open_value", "(org_id, value_minor, id, stage, pipeline, owner_id) WHERE (closed_at IS NULL)"},
      {"idx_deals_org_open_close",
       "(org_id, expected_close_date, id, stage, pipeline, owner_id) INCLUDE (value, weighted_value) WHERE (closed_at "
       "IS NULL)"},
      {"idx_deals_org_board",
       "(org_id, pipeline, stage, stage_entered_at, id) INCLUDE (value, weighted_value) WHERE (closed_at IS NULL)"},
      {"idx_deals_org_contact", "(org_id, contact_id, created_at, id) WHERE (contact_id IS NOT NULL)"},
      {"idx_deals_org_closed_currency",
       "(org_id, pipeline, closed_at) INCLUDE (won, value, currency) WHERE (closed_at IS NOT NULL)"},
      {"idx_deals_org_won",
       "(org_id, closed_at) INCLUDE (value, currency, stage, owner_id, pipeline) WHERE ((closed_at IS NOT NULL) AND "
       "won)"},
      {"idx_tasks_org_due", "(org_id, due_at, id, status, type, priority, assigned_to, snoozed_until)"},
      {"idx_tasks_org_created", "(org_id, created_at, id, due_at, status, type, priority, assigned_to, snoozed_until)"},
      {"idx_tasks_org_priority",
       "(org_id, (\nCASE priority\n    WHEN 'urgent'::text THEN 0\n    WHEN 'high'::text THEN 1\n    WHEN "
       "'normal'::text "
       "THEN 2\n    ELSE 3\nEND), due_at, id, status, type, priority, assigned_to, snoozed_until)"},
      {"idx_tasks_org_open_due",
       "(org_id, assigned_to, due_at, id, status, snoozed_until) WHERE (status = ANY (ARRAY['pending'::text, "
       "'in_progress'::text, 'snoozed'::text]))"},
      {"idx_tasks_org_parent", "(org_id, parent_task_id) WHERE (parent_task_id IS NOT NULL)"},
      {"idx_message_queue_user_pending", "(user_id, COALESCE(priority, 50), id) WHERE (status = 'pending'::text)"},
      {"idx_message_queue_user_approved", "(user_id, approved_at) WHERE (status = 'approved'::text)"},
      {"idx_message_queue_user_lead", "(user_id, lead_id, created_at, status)"},
  };
}

TEST(IndexesOfPhase1, AreTheDefinitionsThatStatementsRelyOnAndNoMore) {
  TestDatabase database;
  const auto expected = expected_definitions();
  const auto found = database.run(
      "SELECT c.relname, replace(regexp_replace(pg_get_indexdef(c.oid), '^.* USING ', ''), 'btree ', '') FROM pg_class "
      "AS c JOIN "
      "pg_index AS i ON i.indexrelid = c.oid WHERE i.indisvalid AND c.relname LIKE 'idx\\_%' AND c.relnamespace = "
      "'public'::regnamespace");
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    const auto definition = expected.find(found.value(i, 0));
    ASSERT_NE(definition, expected.end()) << found.value(i, 0) << " has no entry in this test";
    EXPECT_EQ(found.value(i, 1), definition->second) << found.value(i, 0);
  }
  EXPECT_EQ(found.rows.size(), expected.size());
}

TEST(IndexesOfPhase1, StartWithTheirTenantOrAParentsId) {
  TestDatabase database;
  EXPECT_EQ(database
                .run("SELECT string_agg(c.relname, ', ') FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
                     "JOIN pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attnum = 1 WHERE c.relname LIKE "
                     "'idx\\_%' AND a.attname NOT IN ('user_id', 'org_id') AND c.relname "
                     "NOT IN ('idx_dm_messages_conversation_sent', 'idx_dm_conversations_due')")
                .value(),
            "");
}

}  // namespace
}  // namespace salesflow
