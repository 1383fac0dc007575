#include "generator/tables.hpp"

namespace salesflow::generator {
namespace {

constexpr Table all_tables[] = {
    {"organizations", "id, name, created_at, updated_at", [](const Sizes& sizes) { return sizes.organizations(); },
     write_organizations},
    {"users",
     "id, email, password_hash, name, first_name, last_name, full_name, company, phone, role, is_active, is_verified, "
     "created_at, updated_at",
     [](const Sizes& sizes) { return sizes.users; }, write_users},
    {"org_members", "org_id, user_id, role, created_at, updated_at", [](const Sizes& sizes) { return sizes.users; },
     write_members},
    {"leads",
     "id, user_id, name, first_name, last_name, email, phone, company, platform, status, temperature, score, tags, "
     "last_message, notes, next_follow_up, follow_up_reason, p_score, p_score_trend, last_scored_at, customer_since, "
     "customer_value, orders_count, lost_reason, instagram, linkedin, last_contact, source, source_channel, "
     "needs_action, "
     "created_at, updated_at",
     [](const Sizes& sizes) { return sizes.leads; }, write_leads},
    {"lead_verifications",
     "id, user_id, lead_id, v_score, v_score_updated_at, email_valid, email_score, phone_valid, phone_score, "
     "is_duplicate, created_at, updated_at",
     [](const Sizes& sizes) { return sizes.leads - sizes.leads / 5; }, write_verifications},
    {"contacts",
     "id, org_id, owner_id, created_by, lead_id, name, first_name, last_name, email, phone, company, position, "
     "industry, "
     "city, country, status, lifecycle_stage, vertical, source, preferred_channel, formal_address, do_not_contact, "
     "tags, "
     "custom_fields, score, first_contact_at, last_contact_at, next_followup_at, converted_at, created_at, updated_at",
     [](const Sizes& sizes) { return sizes.contacts; }, write_contacts},
    {"deals",
     "id, org_id, contact_id, owner_id, created_by, title, notes, value, currency, pipeline, stage, probability, "
     "stage_entered_at, expected_close_date, won, closed_at, lost_reason, tags, created_at, updated_at",
     [](const Sizes& sizes) { return sizes.deals; }, write_deals},
    {"crm_notes", "id, user_id, lead_id, contact_id, deal_id, content, note_type, source, created_at, updated_at",
     [](const Sizes& sizes) { return sizes.notes; }, write_notes},
    {"rlhf_feedback_sessions",
     "id, user_id, org_id, context_hash, input_type, input_context, generated_response, generation_model, "
     "generation_temperature, feedback_type, user_rating, user_edited, response_used, response_sent, "
     "time_to_use_seconds, "
     "outcome, outcome_recorded_at, composite_reward, created_at",
     [](const Sizes& sizes) { return sizes.feedback_sessions; }, write_feedback_sessions},
    {"dm_conversations",
     "id, user_id, contact_id, platform, platform_conversation_id, platform_contact_handle, status, "
     "current_sequence_phase, last_sequence_action_at, next_sequence_action_at, messages_sent, messages_received, "
     "last_message_at, last_inbound_at, last_outbound_at, overall_sentiment, priority_score, deep_link_url, "
     "created_at, "
     "updated_at",
     [](const Sizes& sizes) { return sizes.conversations; }, write_conversations},
    {"dm_messages",
     "id, conversation_id, user_id, direction, content, delivery_status, read_at, is_ai_generated, sentiment, "
     "contains_question, sent_at, created_at",
     [](const Sizes& sizes) { return sizes.conversations * 7; }, write_dm_messages},
    {"message_events",
     "id, user_id, org_id, contact_id, channel, direction, text, normalized_text, raw_payload, autopilot_status, "
     "suggested_reply, template_version, persona_variant, created_at",
     [](const Sizes& sizes) { return sizes.events; }, write_events},
};

}  // namespace

std::span<const Table> tables() noexcept {
  return all_tables;
}

}  // namespace salesflow::generator
