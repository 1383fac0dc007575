-- Sends one follow-up suggestion, notes that on its lead, logs it and suggests the next one unless another waits.
-- params:   $1 user_id uuid | $2 suggestion_id uuid | $3 edited_message text | $4 interaction_id uuid | $5 next_id uuid | $6 next_due_at timestamptz
-- rows:     channel text? | message text? | lead_id uuid? | lead_name text? | phone text? | whatsapp text? | email text? | instagram text? | facebook text? | linkedin text?
-- index:    followup_suggestions_pkey
-- mode:     write
-- place:    user
-- writes:   followup_suggestions, leads, lead_interactions
-- timeout:  2 s
-- budget:   350
-- note:     of two at once the second waits, finds it sent and gets no row.
WITH sent AS (
  UPDATE public.followup_suggestions AS f SET status = 'sent', sent_at = now(), snoozed_until = NULL, suggested_message = coalesce($3, f.suggested_message)
  WHERE f.user_id = $1 AND f.id = $2 AND coalesce(f.status, 'pending') IN ('pending', 'snoozed')
  RETURNING f.*
), lead AS (
  UPDATE public.leads AS l
  SET status = CASE WHEN l.status_key = 'new' THEN 'contacted' ELSE l.status END, last_contact = now(), last_outreach_at = now(),
    last_message = s.suggested_message, last_contact_date = now(), last_contact_by = 'user', contact_count = coalesce(l.contact_count, 0) + 1,
    contact_status = CASE WHEN coalesce(l.contact_status, 'never_contacted') = 'never_contacted' THEN 'awaiting_reply' ELSE l.contact_status END,
    awaiting_reply_since = CASE WHEN coalesce(l.contact_status, 'never_contacted') IN ('never_contacted', 'awaiting_reply') THEN now()
                                ELSE l.awaiting_reply_since END, waiting_for_response = true
  FROM sent AS s WHERE l.user_id = $1 AND l.id = s.lead_id
  RETURNING l.*
), logged AS (
  INSERT INTO public.lead_interactions (id, user_id, lead_id, interaction_type, channel, summary, outcome, logged_by, source)
  SELECT $4, $1, l.id, 'message_sent', lower(s.channel), s.suggested_message, 'sent', 'user', 'followup' FROM lead AS l CROSS JOIN sent AS s
), next AS (
  INSERT INTO public.followup_suggestions (id, user_id, lead_id, flow, stage, channel, suggested_message, reason, due_at, title, priority, source)
  SELECT $5, $1, l.id, s.flow, s.stage + 1, s.channel, 'Hallo' || coalesce(' ' || nullif(l.name, 'Unbekannt'), '') || ', hattest du schon Zeit, meine Nachricht zu lesen?', 'no answer yet', $6, 'Follow up: ' || coalesce(l.name, 'Unbekannt'),
         s.priority, 'followup'
  FROM lead AS l CROSS JOIN sent AS s
  WHERE NOT EXISTS (SELECT FROM followup_suggestions AS o WHERE o.user_id = $1 AND o.lead_id = l.id AND o.status = 'pending' AND o.id <> $2)
)
SELECT lower(s.channel) AS channel, s.suggested_message AS message, l.id AS lead_id, l.name AS lead_name, l.phone, l.whatsapp, l.email, coalesce(nullif(l.instagram_handle, ''), nullif(l.instagram, ''), l.instagram_url) AS instagram, l.facebook, coalesce(nullif(l.linkedin_url, ''), l.linkedin) AS linkedin
FROM sent AS s LEFT JOIN lead AS l ON true;
