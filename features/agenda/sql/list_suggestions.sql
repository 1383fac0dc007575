-- Lists what was suggested to do with one lead, newest first; one keyset page.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 cursor_created_at timestamptz | $4 cursor_id uuid | $5 limit_rows int8 | $6 at timestamptz
-- choices:  status=open: AND (s.status = 'pending' OR s.status = 'snoozed' AND coalesce(s.snoozed_until, s.due_at) <= $6)
-- choices:  status=all: AND true
-- rows:     lead_name text | id uuid? | flow text? | stage int4? | template_key text? | channel text? | suggested_message text? | reason text? |
--           due_at timestamptz? | status text? | priority text? | title text? | task_type text? | source text? | snoozed_until timestamptz? |
--           sent_at timestamptz? | created_at timestamptz?
-- index:    leads_user_id_id_key, idx_followup_suggestions_user_lead
-- mode:     read
-- place:    user
-- reads:    leads, followup_suggestions
-- clock:    bounded
-- timeout:  2 s
-- budget:   20 + 1 * rows
-- sorts:    one lead's suggestions: those without a time of making count as the oldest
-- note:     no row: the lead is not the caller's; one row without an id: nothing (more) was suggested.
SELECT coalesce(l.name, 'Unbekannt') AS lead_name, f.id, f.flow, f.stage, f.template_key, coalesce(f.channel, 'WHATSAPP') AS channel,
       f.suggested_message, f.reason, f.due_at, f.status, coalesce(f.priority, 'medium') AS priority, f.title, f.task_type, f.source,
       f.snoozed_until, f.sent_at, f.created_at
FROM leads AS l
LEFT JOIN LATERAL (
  SELECT s.* FROM followup_suggestions AS s
  WHERE s.user_id = $1 AND s.lead_id = $2 AND (coalesce(s.created_at, '-infinity'), s.id) < ($3, $4) /*status*/
  ORDER BY coalesce(s.created_at, '-infinity') DESC, s.id DESC LIMIT $5
) AS f ON true
WHERE l.user_id = $1 AND l.id = $2;
