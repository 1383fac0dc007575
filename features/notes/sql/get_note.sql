-- Reads one note of the user.
-- params:   $1 user_id uuid | $2 note_id uuid
-- rows:     id uuid | user_id uuid | lead_id uuid? | contact_id uuid? | deal_id uuid? | content text | note_type text | source text? |
--           metadata jsonb? | created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    crm_notes_pkey
-- mode:     read
-- place:    user
-- reads:    crm_notes
-- timeout:  1 s
-- budget:   8
SELECT n.id, n.user_id, n.lead_id, n.contact_id, n.deal_id, n.content, n.note_type, n.source, n.metadata, n.created_at,
       n.updated_at, n.row_version
FROM crm_notes AS n
WHERE n.user_id = $1 AND n.id = $2;
