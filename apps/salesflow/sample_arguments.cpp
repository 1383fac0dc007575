#include "apps/salesflow/sample_arguments.hpp"

#include <fmt/format.h>

namespace salesflow::apps {
namespace {

constexpr std::string_view nil = "'00000000-0000-0000-0000-000000000000'";
constexpr std::string_view last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'";
constexpr std::string_view user = "current_setting('app.user_id')";
constexpr std::string_view organization = "current_setting('app.org_id')";

constexpr std::string_view inbox_draft =
    "(SELECT id FROM dm_messages WHERE delivery_status = 'pending' ORDER BY id LIMIT 1)";
constexpr std::string_view inbox_draft_conversation =
    "(SELECT conversation_id FROM dm_messages WHERE delivery_status = 'pending' ORDER BY id LIMIT 1)";

struct Rule {
  std::string_view statement;  // its name, or its slice with a dot; "" for every statement
  std::string_view statement;  // its name; "leads." for a whole room, "" for every statement
  std::string_view variant;    // a part of the variant's name; "" for every variant
  std::string_view parameter;
  std::string_view expression;  // SQL, evaluated as the tenant; NULL becomes the nil uuid
};

/// The first that fits holds, so the special ones stand in front.
constexpr Rule rules[] = {
    // Ascending lists begin at the other end.
    {"events.list_events", "", "after_created_at", "'infinity'"},
    {"events.list_events", "", "after_id", last},
    {"leads.list_leads", "list=follow_up", "cursor_id", nil},
    // contacts and deals: one cursor_at for all orders by a time
    {"contacts.list_contacts", "_asc", "cursor_at", "'-infinity'"},
    // leads
    {"leads.list_leads", "_asc", "cursor_created_at", "'-infinity'"},
    {"leads.list_leads_by_scan", "_asc", "cursor_at", "'-infinity'"},
    {"leads.list_leads_by_scan", "", "cursor_at", "'infinity'"},
    {"leads.list_leads_by_scan", "p_score_asc", "cursor_p_score_key", "-1"},
    {"leads.list_leads_by_scan", "", "status_key", "NULL"},
    {"leads.list_leads_by_scan", "", "score_min", "NULL"},
    {"leads.list_leads_by_scan", "", "customer_since", "NULL"},
    {"leads.list_leads_by_scan", "", "created_since", "'-infinity'"},
    {"leads.", "", "cursor_unscored_id", last},
    {"leads.", "_asc", "cursor_id", nil},
    {"leads.", "follow_up_desc+filter=due", "cursor_next_follow_up", "current_date"},
    {"leads.", "follow_up_desc", "cursor_next_follow_up", "'9999-12-31'"},
    {"leads.", "", "cursor_next_follow_up", "'0001-01-01'"},
    {"leads.", "name_desc", "cursor_name_key", "chr(1114111)"},
    {"leads.", "", "cursor_name_key", "''"},
    {"leads.", "", "cursor_customer_key", "'infinity'"},
    {"leads.", "", "due_from", "'0001-01-01'"},
    {"leads.", "", "due_until", "current_date"},
    {"leads.", "", "created_since", "now() - interval '20 days'"},
    {"leads.", "", "customer_since", "'-infinity'"},
    {"leads.", "", "count_rows", "10001"},
    {"leads.", "", "instagram", "'nobody.has.this'"},
    {"leads.", "", "email", "(SELECT email FROM leads WHERE email IS NOT NULL ORDER BY created_at LIMIT 1)"},
    {"leads.", "", "name", "'Somebody else'"},
    {"leads.", "", "lead", "'{\"name\": \"Somebody else\", \"email\": \"new@example.com\"}'"},
    {"leads.", "", "change", "'{\"name\": \"Somebody else\"}'"},
    {"leads.", "", "message", "'x'"},
    {"leads.", "", "due_at", "now()"},
    {"leads.", "", "interaction_id", "gen_random_uuid()"},
    {"leads.", "", "suggestion_id", "gen_random_uuid()"},
    {"contacts.list_contacts", "_asc", "cursor_created_at", "'-infinity'"},
    {"contacts.list_contacts", "_asc", "cursor_id", nil},
    {"contacts.list_contacts", "_asc", "cursor_score", "70"},
    {"contacts.list_contacts", "_asc", "cursor_status", "''"},
    {"contacts.list_contacts", "name_desc", "cursor_name", "'zzz'"},
    {"contacts.list_contacts_by_lists", "_asc", "cursor_at", "'-infinity'"},
    {"contacts.list_contacts_by_lists", "_asc", "cursor_id", nil},
    {"contacts.list_contacts_by_lists", "_asc", "cursor_score", "-1"},
    {"contacts.list_contacts_by_lists", "name_desc", "cursor_name", "'zzz'"},
    {"contacts.list_contacts_by_last_contact", "asc", "cursor_last_contact_at", "'-infinity'"},
    {"contacts.list_contacts_by_last_contact", "asc", "cursor_id", nil},
    {"contacts.list_contacts_by_last_contact", "asc", "never_id", nil},
    {"contacts.list_contacts_mixed", "_asc", "cursor_at", "'-infinity'"},
    {"contacts.list_contacts_mixed", "_asc", "cursor_id", nil},
    {"contacts.list_contacts_mixed", "_asc", "cursor_score", "-1"},
    {"contacts.list_contacts_mixed", "_asc", "cursor_status", "''"},
    {"contacts.list_contacts_mixed", "name_desc", "cursor_name", "'zzz'"},
    {"contacts.list_contacts_mixed", "", "statuses", "NULL"},
    {"contacts.list_contacts_mixed", "", "score_min", "0"},
    {"contacts.list_contacts_mixed", "", "overdue_before", "NULL"},
    {"contacts.list_contacts_found", "_asc", "cursor_at", "'-infinity'"},
    {"contacts.list_contacts_found", "_asc", "cursor_id", nil},
    {"contacts.list_contacts_found", "_asc", "cursor_score", "-1"},
    {"contacts.list_contacts_found", "_asc", "cursor_status", "''"},
    {"contacts.list_contacts_found", "name_desc", "cursor_name", "'zzz'"},
    {"contacts.list_contacts_found", "", "statuses", "NULL"},
    {"contacts.list_contacts_found", "", "lifecycle_stages", "NULL"},
    {"contacts.list_contacts_found", "", "verticals", "NULL"},
    {"contacts.list_contacts_found", "", "owner_id", "NULL"},
    {"contacts.list_contacts_found", "", "score_min", "0"},
    {"contacts.list_contacts_found", "", "overdue_before", "NULL"},
    {"contacts.list_contacts_found", "", "term", "(SELECT left(name, 6) FROM contacts ORDER BY created_at LIMIT 1)"},
    {"contacts.change_contacts", "", "status", "'customer'"},
    {"contacts.change_contacts", "", "tags", "'{a,b}'"},
    {"contacts.change_contacts", "", "contact_ids", "ARRAY(SELECT id FROM contacts ORDER BY created_at LIMIT 10)"},
    {"contacts.list_activities", "", "contact_id",
     "(SELECT contact_id FROM activities GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"contacts.", "", "contact_id",
     "(SELECT contact_id FROM deals WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"contacts.create_contacts", "", "contacts",
     R"(jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), 'activity_id', gen_random_uuid(), 'name', 'Eva')))"},
    {"contacts.update_contact", "", "changes", R"('{"city": "Graz", "email": null, "tags": ["a"]}')"},
    {"deals.list_deals", "_asc", "cursor_at", "'-infinity'"},
    {"deals.list_deals", "_asc", "cursor_value_minor", "-1"},
    {"deals.list_deals", "_asc", "cursor_id", nil},
    {"deals.list_all_deals", "_asc", "cursor_at", "'-infinity'"},
    {"deals.list_all_deals", "_asc", "cursor_id", nil},
    {"deals.list_deals_by_close", "asc", "cursor_id", nil},
    {"deals.list_deals_by_close", "asc", "undated_id", nil},
    {"deals.list_deals_by_close", "desc", "cursor_close_date", "'infinity'"},
    {"deals.list_deals_mixed", "_asc", "cursor_at", "'-infinity'"},
    {"deals.list_deals_mixed", "_asc", "cursor_id", nil},
    {"deals.list_deals_mixed", "_asc", "cursor_value_minor", "-1"},
    {"deals.list_deals_mixed", "title_desc", "cursor_title", "'zzz'"},
    {"deals.list_deals_mixed", "close_desc", "cursor_close_date", "NULL"},
    {"deals.list_deals_mixed", "of=contact", "owner_id", "NULL"},
    {"deals.list_deals_mixed", "of=contact", "contact_id",
     "(SELECT contact_id FROM deals WHERE contact_id IS NOT NULL AND closed_at IS NULL GROUP BY 1 ORDER BY count(*) "
     "DESC LIMIT 1)"},
    {"deals.list_deals_mixed", "", "stages", "'{new,qualified}'"},
    {"deals.list_deals_found", "_asc", "cursor_at", "'-infinity'"},
    {"deals.list_deals_found", "_asc", "cursor_id", nil},
    {"deals.list_deals_found", "_asc", "cursor_value_minor", "-1"},
    {"deals.list_deals_found", "title_desc", "cursor_title", "'zzz'"},
    {"deals.list_deals_found", "close_desc", "cursor_close_date", "NULL"},
    {"deals.list_deals_found", "", "stages", "NULL"},
    {"deals.list_deals_found", "", "owner_id", "NULL"},
    {"deals.list_deals_found", "", "contact_id", "NULL"},
    {"deals.list_deals_found", "", "term",
     "(SELECT left(title, 8) FROM deals WHERE closed_at IS NULL ORDER BY created_at LIMIT 1)"},
    {"deals.read_board", "", "cursor_stage_entered_at", "'-infinity'"},
    {"deals.read_board", "", "cursor_id", nil},
    {"deals.list_forecast", "", "closes_from", "current_date"},
    {"deals.create_deal", "", "deal",
     R"(jsonb_build_object('title', 'A deal', 'value', '12.50', 'contact_id', (SELECT id FROM contacts LIMIT 1), 'owner_id', (SELECT user_id FROM org_members ORDER BY user_id = current_setting('app.user_id')::uuid LIMIT 1)))"},
    {"deals.update_deal", "", "changes",
     R"(jsonb_build_object('stage', 'won', 'contact_id', (SELECT id FROM contacts LIMIT 1), 'owner_id', (SELECT user_id FROM org_members LIMIT 1)))"},
    {"deals.check_references", "", "contact_id", "(SELECT id FROM contacts LIMIT 1)"},

    // tasks
    {"", "sort=due_asc", "cursor_id", nil},
    {"", "sort=priority_desc", "cursor_id", nil},
    {"tasks.list_tasks", "sort=created_asc", "cursor_id", nil},
    {"tasks.list_tasks", "sort=created_asc", "cursor_created_at", "'-infinity'"},
    {"tasks.list_related_tasks", "sort=created_asc", "cursor_id", nil},
    {"tasks.list_related_tasks", "sort=created_asc", "cursor_created_at", "'-infinity'"},
    {"tasks.list_due", "", "cursor_id", nil},
    {"", "sort=due_desc", "cursor_due_at", "'infinity'"},
    {"", "sort=priority_asc", "cursor_due_at", "'infinity'"},
    {"", "", "cursor_due_at", "'-infinity'"},
    {"", "sort=priority_asc", "cursor_rank", "4"},
    {"", "", "cursor_rank", "-1"},
    {"", "", "offset_rows", "0"},
    {"", "", "due_after", "'-infinity'"},
    {"", "", "due_before", "now() + interval '1 day'"},
    {"tasks.list_tasks", "", "statuses", "'{pending,in_progress}'"},
    {"tasks.list_related_tasks", "", "statuses", "'{pending,in_progress}'"},
    {"", "", "types", "'{call,email}'"},
    {"", "", "priorities", "NULL"},
    {"tasks.list_related_tasks", "", "assigned_to", "NULL"},
    {"", "", "assigned_to", user},
    {"", "", "actor_id", user},
    {"", "", "created_by", user},
    {"", "", "task_id", "(SELECT id FROM tasks ORDER BY created_at DESC LIMIT 1)"},
    {"tasks.create_task", "", "parent_task_id", "(SELECT id FROM tasks ORDER BY created_at LIMIT 1)"},
    {"", "", "parent_task_id", "NULL"},
    {"", "of=", "contact_id",
     "(SELECT contact_id FROM tasks WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"tasks.list_related_tasks", "", "deal_id",
     "(SELECT deal_id FROM tasks WHERE deal_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"tasks.create_task", "", "contact_id", "(SELECT id FROM contacts ORDER BY created_at LIMIT 1)"},
    {"tasks.update_task", "", "contact_id", "NULL"},
    {"tasks.check_references", "", "contact_id", "(SELECT id FROM contacts ORDER BY created_at LIMIT 1)"},
    {"tasks.create_task", "", "deal_id", "(SELECT id FROM deals ORDER BY created_at LIMIT 1)"},
    {"tasks.update_task", "", "deal_id", "NULL"},
    {"tasks.check_references", "", "deal_id", "(SELECT id FROM deals ORDER BY created_at LIMIT 1)"},
    {"tasks.create_task", "", "status", "'pending'"},
    {"tasks.update_task", "", "status", "'completed'"},
    {"", "", "type", "'call'"},
    {"", "", "title", "'x'"},
    {"", "", "description", "'x'"},
    {"", "", "description_sent", "true"},
    {"", "", "priority", "'high'"},
    {"", "", "due_at", "now()"},
    {"", "", "contact_id_sent", "false"},
    {"", "", "deal_id_sent", "false"},
    {"", "", "assigned_to_sent", "true"},
    {"", "", "snoozed_until_sent", "true"},
    {"", "", "snoozed_until", "NULL"},
    {"", "", "is_recurring", "true"},
    {"", "", "recurrence_rule_sent", "true"},
    {"", "", "recurrence_rule", "'daily'"},
    {"", "", "parent_task_id_sent", "false"},
    {"", "", "tags", "ARRAY['x']"},
    {"", "", "activity_id", "gen_random_uuid()"},
    {"", "", "next_id", "gen_random_uuid()"},
    {"", "", "next_due_at", "now()"},
    {"", "", "next_rule", "'daily'"},

    // Words that mean something else elsewhere.
    {"events.list_pending", "", "limit_rows", "21"},
    {"events.list_events", "", "contact_id",
     "(SELECT contact_id FROM message_events WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"events.get_settings", "", "contact_id", nil},
    {"events.put_settings", "", "contact_id", "gen_random_uuid()"},
    {"events.put_settings", "", "channels", "NULL"},
    {"events.put_settings", "", "is_active", "NULL"},
    {"events.list_events", "", "status", "'pending'"},
    {"events.set_status", "", "status", "'sent'"},
    {"events.import_events", "", "statuses", "ARRAY['pending']"},
    {"notes.list_notes", "", "contact_id",
     "(SELECT contact_id FROM crm_notes WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"notes.list_notes", "of=contact_and_lead", "lead_id",
     "(SELECT lead_id FROM crm_notes WHERE contact_id IS NOT NULL GROUP BY contact_id, lead_id ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"notes.list_notes", "", "lead_id",
     "(SELECT lead_id FROM crm_notes WHERE lead_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"notes.list_notes", "", "deal_id",
     "(SELECT deal_id FROM crm_notes WHERE deal_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"inbox.list_inbox", "", "status", "'replied'"},
    {"deals.list_contact_deals", "", "contact_id",
     "(SELECT contact_id FROM deals WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"contacts.list_contacts", "", "status", "'contacted'"},
    {"contacts.list_contacts_by_last_contact", "", "status", "'contacted'"},
    {"contacts.search_contacts", "", "term", "(SELECT left(name, 6) FROM contacts ORDER BY created_at LIMIT 1)"},
    {"accounts.list_members", "", "after_user_id", nil},
    {"accounts.update_user", "", "row_versions", "NULL"},
    {"idempotency.store_answer", "", "status", "200"},

    // Inbox.
    {"inbox.list_inbox", "", "status", "'replied'"},
    {"inbox.search_inbox", "", "statuses", "'{replied,needs_human_attention,in_sequence}'"},
    {"inbox.search_inbox", "", "term",
     "(SELECT left(name, 6) FROM leads WHERE id IN (SELECT contact_id FROM dm_conversations) ORDER BY id LIMIT 1)"},
    {"inbox.set_status", "", "status", "'archived'"},
    {"inbox.set_status", "", "pause_until", "NULL"},
    {"inbox.create_conversation", "", "contact_id", "NULL"},
    {"inbox.create_conversation", "", "platform_conversation_id", "'thread'"},
    {"inbox.lock_platform_id", "", "platform_conversation_id", "'thread'"},
    {"inbox.process_sequences", "", "limit_rows", "20"},
    {"inbox.start_sequence", "", "template_id", "'5a1e5f10-0000-4000-8000-000000000001'"},
    {"inbox.add_message", "", "direction", "'inbound'"},
    {"inbox.approve_draft", "", "message_id", inbox_draft},
    {"inbox.approve_draft", "", "conversation_id", inbox_draft_conversation},
    {"inbox.approve_draft", "", "content", "NULL"},
    {"inbox.discard_draft", "", "message_id", inbox_draft},
    {"inbox.discard_draft", "", "conversation_id", inbox_draft_conversation},
    {"", "", "offset_rows", "0"},
    {"", "", "count_rows", "10001"},
    {"", "", "cursor_sent_at", "'infinity'"},
    {"", "", "platforms", "'{instagram,whatsapp}'"},
    {"", "", "conversation_id", "(SELECT id FROM dm_conversations ORDER BY messages_sent DESC, id LIMIT 1)"},
    {"", "", "platform_conversation_id", "NULL"},
    {"", "", "platform_contact_handle", "'@anna'"},
    {"", "", "deep_link_url", "NULL"},
    {"", "", "platform_metadata", "'{}'"},
    {"", "", "content", "'x'"},
    {"", "", "platform_message_id", "NULL"},
    {"", "", "is_ai_generated", "false"},
    {"", "", "sentiment", "'neutral'"},
    {"", "", "contains_question", "false"},
    {"", "", "contains_objection", "false"},
    {"", "", "contains_interest_signal", "false"},
    {"", "", "detected_keywords", "'[]'"},
    {"", "", "suggested_status", "NULL"},
    {"", "", "detected_intent", "NULL"},
    {"inbox.update_conversation", "", "status_sent", "true"},
    {"inbox.update_conversation", "", "status", "'archived'"},
    {"inbox.update_conversation", "", "contact_id", "NULL"},
    {"inbox.update_conversation", "", "contact_id_sent", "false"},
    {"inbox.update_conversation", "", "overall_sentiment_sent", "false"},
    {"inbox.update_conversation", "", "overall_sentiment", "NULL"},
    {"inbox.update_conversation", "", "priority_score_sent", "false"},
    {"inbox.update_conversation", "", "priority_score", "NULL"},
    {"inbox.update_conversation", "", "current_sequence_phase_sent", "false"},
    {"inbox.update_conversation", "", "current_sequence_phase", "NULL"},
    {"inbox.update_conversation", "", "next_sequence_action_at_sent", "false"},
    {"inbox.update_conversation", "", "next_sequence_action_at", "NULL"},
    {"inbox.update_conversation", "", "sequence_paused_sent", "false"},
    {"inbox.update_conversation", "", "sequence_paused", "NULL"},
    {"inbox.update_conversation", "", "pause_until_sent", "false"},
    {"inbox.update_conversation", "", "pause_until", "NULL"},
    {"inbox.update_conversation", "", "platform_metadata_sent", "false"},
    // scoring
    {"scoring.recalc_scores", "", "before", "'infinity'"},
    {"scoring.recalc_scores", "", "limit_rows", "100"},
    {"scoring.list_next_actions", "", "limit_rows", "10"},
    {"scoring.read_next_action", "of=lead", "asked_id",
     "(SELECT l.id FROM leads AS l JOIN message_events AS e ON e.contact_id = l.id GROUP BY 1 ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"scoring.read_next_action", "of=contact", "asked_id",
     "(SELECT c.id FROM contacts AS c WHERE c.lead_id IS NOT NULL ORDER BY c.created_at LIMIT 1)"},

    // Tenant and cursors of a first page.
    {"", "", "user_id", user},
    {"", "", "org_id", organization},
    {"", "", "cursor_created_at", "'infinity'"},
    {"", "", "cursor_updated_at", "'infinity'"},
    {"", "", "cursor_last_contact_at", "'infinity'"},
    {"", "", "cursor_last_message_key", "'infinity'"},
    {"", "", "cursor_stage_entered_at", "'infinity'"},
    {"", "", "cursor_next_follow_up", "'-infinity'"},
    {"", "", "cursor_close_date", "'-infinity'"},
    {"", "", "cursor_p_score_key", "32767"},
    {"", "", "cursor_i_score_key", "32767"},
    {"", "", "cursor_v_score_key", "32767"},
    {"", "", "cursor_priority", "101"},
    {"", "", "cursor_score", "101"},
    {"", "", "cursor_value_minor", "9223372036854775807"},
    {"", "", "cursor_status", "'zzz'"},
    {"", "", "cursor_name", "''"},
    {"", "", "cursor_id", last},
    {"", "", "cursor_lead_id", last},
    {"", "", "after_created_at", "'-infinity'"},
    {"", "", "after_id", nil},
    {"", "", "limit_rows", "51"},
    {"", "", "cards_per_stage", "51"},

    // Filters.
    {"", "", "status_key", "'contacted'"},
    {"", "", "channel", "'email'"},
    {"", "", "direction", "'inbound'"},
    {"", "", "platform", "'instagram'"},
    {"", "", "note_type", "'manual'"},
    {"", "", "lifecycle_stage", "'lead'"},
    {"", "", "vertical", "'immo'"},
    {"", "", "owner_id", user},
    {"", "", "stage", "'qualified'"},
    {"", "", "pipeline", "'default'"},
    {"", "", "stages", "'{new,qualified,meeting,proposal,negotiation}'"},
    {"", "", "statuses", "'{contacted,qualified,customer}'"},
    {"", "", "lifecycle_stages", "'{lead,mql}'"},
    {"", "", "verticals", "'{immo,finance}'"},
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
    {"", "", "score_min", "70"},
    {"", "", "score_max", "100"},
    {"", "", "p_score_key_min", "7500"},
    {"", "", "v_score_key_min", "6000"},
    {"", "", "overdue_before", "now()"},
    {"", "", "due_until", "current_date"},
    {"", "", "since", "now() - interval '30 days'"},
    {"", "", "at", "now()"},
    {"", "", "days", "30"},
    {"", "", "zone", "'Europe/Vienna'"},

    // Rows of the tenant.
    {"", "", "event_id", "(SELECT id FROM message_events ORDER BY created_at DESC LIMIT 1)"},
    {"", "", "lead_id",
     "(SELECT l.id FROM leads AS l JOIN message_events AS e ON e.contact_id = l.id GROUP BY 1 ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"", "", "lead_ids", "ARRAY(SELECT id FROM leads ORDER BY created_at DESC LIMIT 100)"},

    // contacts and deals
    {"", "", "cursor_at", "'infinity'"},
    {"", "", "cursor_title", "''"},
    {"", "", "undated_id", last},
    {"", "", "never_id", last},
    {"", "", "skip_rows", "0"},
    {"", "", "count_limit", "10001"},
    {"", "", "value_minor_min", "0"},
    {"", "", "value_minor_max", "9223372036854775807"},
    {"", "", "closes_from", "NULL"},
    {"", "", "closes_before", "NULL"},
    {"", "", "closes_until", "current_date + 90"},
    {"", "", "closed_since", "now() - interval '30 days'"},
    {"", "", "city", "''"},
    {"", "", "tags", "'{}'"},
    {"", "", "has_phone", "false"},
    {"", "", "has_email", "false"},
    {"", "", "lat", "48.2"},
    {"", "", "lng", "16.37"},
    {"", "", "radius_km", "5"},
    {"", "", "deal_id",
     "(SELECT id FROM deals WHERE stage = 'new' AND contact_id IS NOT NULL ORDER BY created_at LIMIT 1)"},
    {"", "", "activity_id", "gen_random_uuid()"},
    {"", "", "owner_ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "type", "'call'"},
    {"", "", "subject", "'x'"},
    {"", "", "content", "'x'"},
    {"", "", "content_html", "NULL"},
    {"", "", "metadata", "NULL"},
    {"", "", "attachments", "NULL"},
    {"", "", "occurred_at", "NULL"},

    // What is written; nobody keeps it.
    {"", "", "id", "gen_random_uuid()"},
    {"", "", "contact_id", "gen_random_uuid()"},
    {"", "", "message_text", "'x'"},
    {"", "", "normalized_text", "'x'"},
    {"", "", "raw_payload", "NULL"},
    {"", "", "template_version", "NULL"},
    {"", "", "persona_variant", "NULL"},
    {"", "", "ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "contact_ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "channels", "ARRAY['email']"},
    {"", "", "directions", "ARRAY['inbound']"},
    {"", "", "texts", "ARRAY['x']"},
    {"", "", "normalized_texts", "ARRAY['x']"},
    {"", "", "raw_payloads", "ARRAY[NULL::text]"},
    {"", "", "template_versions", "ARRAY[NULL::text]"},
    {"", "", "persona_variants", "ARRAY[NULL::text]"},
    {"", "", "created_ats", "ARRAY[now()]"},
    {"", "", "key", "'a key'"},
    {"", "", "route", "'GET /'"},
    {"", "", "body", "'\\x00'"},
    {"", "", "body_sha256", "sha256('x')"},
    {"", "", "content_type", "'text/plain'"},
    {"", "", "headers", "'{}'"},
    {"", "", "mode", "'auto'"},
    {"", "", "max_auto_replies_per_day", "NULL"},
    {"", "", "min_confidence", "NULL"},
    {"", "", "suggested_reply", "'{}'"},
    {"", "", "row_version", "1"},
    {"", "", "statement_timeout_ms", "'60000'"},
    {"", "", "xid", "pg_current_xact_id()"},
    {"", "", "first_name_sent", "true"},
    {"", "", "first_name", "'Anna'"},
    {"", "", "last_name_sent", "false"},
    {"", "", "last_name", "NULL"},
    {"", "", "company_sent", "false"},
    {"", "", "company", "NULL"},
    {"", "", "phone_sent", "false"},
    {"", "", "phone", "NULL"},
    {"", "", "avatar_url_sent", "false"},
    {"", "", "avatar_url", "NULL"},
    {"", "", "vertical_id_sent", "false"},
    {"", "", "vertical_id", "NULL"},
};

bool fits(const Rule& rule, const Query& query, std::string_view parameter) {
  return rule.parameter == parameter &&
         (rule.statement.empty() || rule.statement == query.name ||
          (rule.statement.ends_with('.') && query.name.starts_with(rule.statement))) &&
         query.variant.find(rule.variant) != std::string_view::npos;
}

const Rule* find_rule(const Query& query, std::string_view parameter) {
  for (const Rule& rule : rules) {
    if (fits(rule, query, parameter))
      return &rule;
  }
  return nullptr;
}

}  // namespace

Result<std::vector<std::string>> SampleArguments::of(const CatalogueEntry& entry) {
  std::vector<std::string> arguments(entry.parameters.size(), "NULL");
  for (const auto position : entry.query->arguments) {  // what this variant does not send needs no value
    const std::string_view parameter = entry.parameters[position];
    const Rule* rule = find_rule(*entry.query, parameter);
    if (!rule) {
      return fail(Errc::not_found, fmt::format("{} [{}]: no rule for its parameter {} in sample_arguments.cpp",
                                               entry.query->name, entry.query->variant, parameter));
    }
    auto literal = literal_of(std::string(rule->expression));
    if (!literal)
      return literal.error();
    arguments[position] = std::move(*literal);
  }
  return arguments;
}

Result<std::string> SampleArguments::literal_of(const std::string& expression) {
  if (expression == "NULL")
    return expression;
  if (const auto found = literals_.find(expression); found != literals_.end())
    return found->second;
  const auto id = [](const std::optional<Uuid>& uuid) { return uuid ? uuid->to_string() : std::string(); };
  const auto answer =
      app_.run(fmt::format("BEGIN; SELECT set_config('app.user_id', '{}', true), set_config('app.org_id', '{}', true); "
                           "SELECT quote_literal(coalesce(({})::text, {}))",
                           id(tenant_.user_id), id(tenant_.org_id), expression, nil));
  auto ended = app_.run("ROLLBACK");
  if (!answer)
    return fail(answer.error().code, expression + ": " + answer.error().public_detail);
  if (!ended)
    return ended.error();
  return literals_[expression] = answer->value();
}

}  // namespace salesflow::apps
