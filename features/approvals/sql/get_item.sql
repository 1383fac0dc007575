-- Tells the state of one item of the unified inbox and of its lead.
-- params:   $1 user_id uuid | $2 item_id uuid
-- choices:  kind=followup: (SELECT f.status, f.lead_id FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.id = $2)
-- choices:  kind=approval: (SELECT q.status, q.lead_id FROM message_queue AS q WHERE q.user_id = $1 AND q.id = $2)
-- choices:  kind=lead: (SELECT r.status_key AS status, r.id AS lead_id FROM leads AS r WHERE r.user_id = $1 AND r.id = $2)
-- rows:     status text? | lead_id uuid? | lead_status text? | contact_status text? | awaiting_reply_since timestamptz? |
--           last_outreach_at timestamptz? | last_inbound_at timestamptz? | contact_count int4? | do_not_contact bool?
-- index:    followup_suggestions_pkey, message_queue_pkey, leads_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    followup_suggestions, message_queue, leads
-- timeout:  1 s
-- budget:   20
SELECT item.status, item.lead_id, l.status_key AS lead_status, l.contact_status, l.awaiting_reply_since, l.last_outreach_at, l.last_inbound_at,
       l.contact_count, l.do_not_contact
FROM /*kind*/ AS item
LEFT JOIN leads AS l ON l.user_id = $1 AND l.id = item.lead_id;
