-- Lists what was said to a lead, newest first; one keyset page.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 cursor_created_at timestamptz | $4 cursor_id uuid | $5 limit_rows int8
-- rows:     id uuid? | user_id uuid? | lead_id uuid | interaction_type text? | channel text? | summary text? | details jsonb? |
--           outcome text? | duration_seconds int4? | logged_by text? | source text? | interaction_at timestamptz? |
--           created_at timestamptz? | updated_at timestamptz? | row_version int8?
-- index:    leads_user_id_id_key, idx_lead_interactions_user_lead
-- mode:     read
-- place:    user
-- reads:    leads, lead_interactions
-- timeout:  2 s
-- budget:   12 + 1 * rows
-- note:     no row: the lead is not the caller's; one row without an id: nothing (more) was said.
SELECT i.id, i.user_id, l.id AS lead_id, i.interaction_type, i.channel, i.summary, i.details, i.outcome, i.duration_seconds, i.logged_by,
       i.source, i.interaction_at, i.created_at, i.updated_at, i.row_version
FROM leads AS l
LEFT JOIN LATERAL (
  SELECT k.* FROM lead_interactions AS k
  WHERE k.user_id = $1 AND k.lead_id = $2 AND (k.created_at, k.id) < ($3, $4)
  ORDER BY k.created_at DESC, k.id DESC LIMIT $5
) AS i ON true
WHERE l.user_id = $1 AND l.id = $2;
