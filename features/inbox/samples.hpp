// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::inbox {

inline constexpr std::string_view sample_draft =
    "(SELECT id FROM dm_messages WHERE delivery_status = 'pending' ORDER BY id LIMIT 1)";
inline constexpr std::string_view sample_draft_conversation =
    "(SELECT conversation_id FROM dm_messages WHERE delivery_status = 'pending' ORDER BY id LIMIT 1)";

inline constexpr SampleRule samples[] = {
    {"list_inbox", "", "status", "'replied'"},
    {"search_inbox", "", "statuses", "'{replied,needs_human_attention,in_sequence}'"},
    {"search_inbox", "", "term",
     "(SELECT left(name, 6) FROM leads WHERE id IN (SELECT contact_id FROM dm_conversations) ORDER BY id LIMIT 1)"},
    {"set_read", "", "is_read", "true"},
    {"", "", "due_before", "now() + interval '1 day'"},
    {"", "", "overdue_before", "now()"},
    {"set_status", "", "status", "'archived'"},
    {"set_status", "", "pause_until", "NULL"},
    {"create_conversation", "", "contact_id", "NULL"},
    {"create_conversation", "", "platform_conversation_id", "'thread'"},
    {"lock_platform_id", "", "platform_conversation_id", "'thread'"},
    {"process_sequences", "", "limit_rows", "20"},
    {"start_sequence", "", "template_id", "'5a1e5f10-0000-4000-8000-000000000001'"},
    {"add_message", "", "direction", "'inbound'"},
    {"approve_draft", "", "message_id", sample_draft},
    {"approve_draft", "", "conversation_id", sample_draft_conversation},
    {"approve_draft", "", "content", "NULL"},
    {"discard_draft", "", "message_id", sample_draft},
    {"discard_draft", "", "conversation_id", sample_draft_conversation},
    {"", "", "cursor_sent_at", "'infinity'"},
    {"", "", "platforms", "'{instagram,whatsapp}'"},
    {"", "", "conversation_id", "(SELECT id FROM dm_conversations ORDER BY messages_sent DESC, id LIMIT 1)"},
    {"", "", "platform_conversation_id", "NULL"},
    {"", "", "platform_contact_handle", "'@anna'"},
    {"", "", "deep_link_url", "NULL"},
    {"", "", "platform_metadata", "'{}'"},
    {"add_message", "", "platform_message_id", "NULL"},
    {"", "", "platform_message_id", "'m1'"},
    {"", "", "is_ai_generated", "false"},
    {"", "", "sentiment", "'neutral'"},
    {"", "", "contains_question", "false"},
    {"", "", "contains_objection", "false"},
    {"", "", "contains_interest_signal", "false"},
    {"", "", "detected_keywords", "'[]'"},
    {"", "", "suggested_status", "NULL"},
    {"", "", "detected_intent", "NULL"},
    {"update_conversation", "", "status_sent", "true"},
    {"update_conversation", "", "status", "'archived'"},
    {"update_conversation", "", "contact_id", "NULL"},
    {"update_conversation", "", "contact_id_sent", "false"},
    {"update_conversation", "", "overall_sentiment_sent", "false"},
    {"update_conversation", "", "overall_sentiment", "NULL"},
    {"update_conversation", "", "priority_score_sent", "false"},
    {"update_conversation", "", "priority_score", "NULL"},
    {"update_conversation", "", "current_sequence_phase_sent", "false"},
    {"update_conversation", "", "current_sequence_phase", "NULL"},
    {"update_conversation", "", "next_sequence_action_at_sent", "false"},
    {"update_conversation", "", "next_sequence_action_at", "NULL"},
    {"update_conversation", "", "sequence_paused_sent", "false"},
    {"update_conversation", "", "sequence_paused", "NULL"},
    {"update_conversation", "", "pause_until_sent", "false"},
    {"update_conversation", "", "pause_until", "NULL"},
    {"update_conversation", "", "platform_metadata_sent", "false"},
    {"", "", "cursor_last_message_key", "'infinity'"},
    {"", "", "platform", "'instagram'"},
    {"", "", "status_1", "'replied'"},
    {"", "", "status_2", "'needs_human_attention'"},
    {"", "", "status_3", "'in_sequence'"},
    {"", "", "status_4", "NULL"},
    {"", "", "status_5", "NULL"},
    {"", "", "status_6", "NULL"},
    {"", "", "status_7", "NULL"},
    {"", "", "status_8", "NULL"},
    {"", "", "status_9", "NULL"},
    {"", "", "status_10", "NULL"},
};

}  // namespace salesflow::inbox
