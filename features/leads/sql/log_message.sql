-- Logs a message that went out to a lead, and suggests to follow up unless a suggestion waits already.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 interaction_id uuid | $4 suggestion_id uuid | $5 channel text | $6 message text | $7 due_at timestamptz
-- rows:     interaction_id uuid | suggestion_id uuid?
-- index:    leads_user_id_id_key, idx_followup_suggestions_user_lead
-- mode:     write
-- place:    user
-- writes:   lead_interactions, followup_suggestions
-- timeout:  2 s
-- budget:   120
-- note:     no row: the lead is not the caller's, and nothing is written.
WITH lead AS MATERIALIZED (
  SELECT l.id, l.name, l.follow_up_stage FROM leads AS l WHERE l.user_id = $1 AND l.id = $2
), logged AS (
  INSERT INTO public.lead_interactions (id, user_id, lead_id, interaction_type, channel, summary, outcome, logged_by, source, interaction_at)
  SELECT $3, $1, k.id, 'message_sent', $5, $6, 'sent', 'user', 'message-sent', now() FROM lead AS k
  RETURNING id
), suggested AS (
  INSERT INTO public.followup_suggestions (id, user_id, lead_id, flow, stage, channel, suggested_message, reason, due_at, status, title, priority, source)
  SELECT $4, $1, k.id, 'follow_up', coalesce(k.follow_up_stage, 0) + 1, upper($5), 'Hallo' || coalesce(' ' || nullif(k.name, 'Unbekannt'), '') || ', hattest du schon Zeit, meine Nachricht zu lesen?',
         'no answer yet', $7, 'pending', 'Follow up: ' || coalesce(k.name, 'Unbekannt'), 'medium', 'message-sent'
  FROM lead AS k
  WHERE NOT EXISTS (SELECT FROM followup_suggestions AS s WHERE s.user_id = $1 AND s.lead_id = $2 AND s.status = 'pending')
  RETURNING id
)
SELECT g.id AS interaction_id, (SELECT s.id FROM suggested AS s) AS suggestion_id FROM logged AS g;
