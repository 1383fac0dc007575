// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::notes {

inline constexpr SampleRule samples[] = {
    {"list_notes", "", "contact_id",
     "(SELECT contact_id FROM crm_notes WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"list_notes", "of=contact_and_lead", "lead_id",
     "(SELECT lead_id FROM crm_notes WHERE contact_id IS NOT NULL GROUP BY contact_id, lead_id ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"list_notes", "", "lead_id",
     "(SELECT lead_id FROM crm_notes WHERE lead_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"list_notes", "", "deal_id",
     "(SELECT deal_id FROM crm_notes WHERE deal_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"get_note", "", "note_id", "(SELECT id FROM crm_notes ORDER BY created_at DESC LIMIT 1)"},
    {"update_note", "", "note_id", "(SELECT id FROM crm_notes ORDER BY created_at DESC LIMIT 1)"},
    {"delete_note", "", "note_id", "(SELECT id FROM crm_notes ORDER BY created_at DESC LIMIT 1)"},
    {"create_note", "", "contact_id", "(SELECT id FROM contacts ORDER BY created_at DESC LIMIT 1)"},
    {"create_note", "", "deal_id", "(SELECT id FROM deals ORDER BY created_at DESC LIMIT 1)"},
    {"update_note", "", "contact_id", "(SELECT id FROM contacts ORDER BY created_at DESC LIMIT 1)"},
    {"update_note", "", "deal_id", "(SELECT id FROM deals ORDER BY created_at DESC LIMIT 1)"},
    {"update_note", "", "lead_id_sent", "true"},
    {"update_note", "", "contact_id_sent", "true"},
    {"update_note", "", "deal_id_sent", "true"},
    {"update_note", "", "metadata_sent", "true"},
    {"read_conversation", "", "contact_id",
     "(SELECT contact_id FROM message_events WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"read_conversation", "", "deal_id", "(SELECT id FROM deals ORDER BY created_at DESC LIMIT 1)"},
    {"read_conversation", "", "limit_rows", "20"},
    {"create_summary", "", "contact_id", "NULL"},
    {"create_summary", "", "deal_id", "NULL"},
    {"create_summary", "", "task_id", "gen_random_uuid()"},
    {"create_summary", "", "task_title", "'Follow up'"},
    {"create_summary", "", "task_description", "'x'"},
    {"create_summary", "", "task_priority", "'normal'"},
    {"create_summary", "", "task_contact_id", "NULL"},
    {"create_summary", "", "due_at", "now()"},
    {"", "", "note_type", "'manual'"},
};

}  // namespace salesflow::notes
