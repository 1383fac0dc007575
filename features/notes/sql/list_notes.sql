-- Lists a user's notes, newest first: all of them, or those of a contact, a lead or a deal; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_created_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 contact_id uuid | $6 lead_id uuid | $7 deal_id uuid | $8 note_type text
-- choices:  of=contact: AND n.contact_id = $5
-- choices:  of=lead: AND n.lead_id = $6
-- choices:  of=deal: AND n.deal_id = $7
-- choices:  of=contact_and_lead: AND n.contact_id = $5 AND n.lead_id = $6
-- choices:  of=contact_and_deal: AND n.contact_id = $5 AND n.deal_id = $7
-- choices:  of=lead_and_deal: AND n.lead_id = $6 AND n.deal_id = $7
-- choices:  of=all: AND n.contact_id = $5 AND n.lead_id = $6 AND n.deal_id = $7
-- choices:  of=user:
-- variants: type: AND n.note_type = $8
-- rows:     id uuid | user_id uuid | lead_id uuid? | contact_id uuid? | deal_id uuid? | content text | note_type text | source text? |
--           metadata jsonb? | created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    idx_crm_notes_user_contact_created, idx_crm_notes_user_lead_created, idx_crm_notes_user_deal_created, idx_crm_notes_user_created
-- mode:     read
-- place:    user
-- reads:    crm_notes
-- hotspot:  Q8
-- timeout:  2 s
-- budget:   8 + 1 * rows
-- budgets:  of=contact_and_lead: 110
-- budgets:  of=contact_and_deal: 110
-- budgets:  of=lead_and_deal: 110
-- budgets:  of=all: 110
-- note:     first page = infinity cursor. Of two or three the most selective index finds, the others filter its rows.
SELECT n.id, n.user_id, n.lead_id, n.contact_id, n.deal_id, n.content, n.note_type, n.source, n.metadata, n.created_at,
       n.updated_at, n.row_version
FROM crm_notes AS n
WHERE n.user_id = $1 AND (n.created_at, n.id) < ($2, $3) /*of*/ /*type*/
ORDER BY n.created_at DESC, n.id DESC
LIMIT $4;
