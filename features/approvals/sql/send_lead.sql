-- Sends a new lead its first message: it is contacted, the message logged and a follow-up suggested unless one waits.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 edited_message text | $4 interaction_id uuid | $5 next_id uuid | $6 next_due_at timestamptz
-- rows:     channel text? | message text? | lead_id uuid? | lead_name text? | phone text? | whatsapp text? | email text? | instagram text? | facebook text? | linkedin text?
-- index:    leads_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   leads, lead_interactions, followup_suggestions
-- timeout:  2 s
-- budget:   350
-- note:     of two at once the second waits, finds the lead contacted and gets no row.
WITH lead AS (
  UPDATE public.leads AS l
  SET status = CASE WHEN l.status_key = 'new' THEN 'contacted' ELSE l.status END, last_contact = now(), last_outreach_at = now(),
    last_message = coalesce($3, 'Hallo' || coalesce(' ' || nullif(l.name, 'Unbekannt'), '') || ', schön, dass wir in Kontakt sind! Wie kann ich dir helfen?'), last_contact_date = now(), last_contact_by = 'user', contact_count = coalesce(l.contact_count, 0) + 1,
    contact_status = CASE WHEN coalesce(l.contact_status, 'never_contacted') = 'never_contacted' THEN 'awaiting_reply' ELSE l.contact_status END,
    awaiting_reply_since = CASE WHEN coalesce(l.contact_status, 'never_contacted') IN ('never_contacted', 'awaiting_reply') THEN now()
                                ELSE l.awaiting_reply_since END, waiting_for_response = true
  WHERE l.user_id = $1 AND l.id = $2 AND l.status_key = 'new'
  RETURNING l.*
), logged AS (
  INSERT INTO public.lead_interactions (id, user_id, lead_id, interaction_type, channel, summary, outcome, logged_by, source)
  SELECT $4, $1, l.id, 'message_sent', lower(l.preferred_channel), l.last_message, 'sent', 'user', 'inbox' FROM lead AS l
), next AS (
  INSERT INTO public.followup_suggestions (id, user_id, lead_id, flow, stage, channel, suggested_message, reason, due_at, title, source)
  SELECT $5, $1, l.id, 'follow_up', coalesce(l.follow_up_stage, 0) + 1, upper(l.preferred_channel), 'Hallo' || coalesce(' ' || nullif(l.name, 'Unbekannt'), '') || ', hattest du schon Zeit, meine Nachricht zu lesen?', 'no answer yet',
         $6, 'Follow up: ' || coalesce(l.name, 'Unbekannt'), 'inbox'
  FROM lead AS l
  WHERE NOT EXISTS (SELECT FROM followup_suggestions AS o WHERE o.user_id = $1 AND o.lead_id = $2 AND o.status = 'pending')
)
SELECT lower(l.preferred_channel) AS channel, l.last_message AS message, l.id AS lead_id, l.name AS lead_name, l.phone, l.whatsapp, l.email, coalesce(nullif(l.instagram_handle, ''), nullif(l.instagram, ''), l.instagram_url) AS instagram, l.facebook, coalesce(nullif(l.linkedin_url, ''), l.linkedin) AS linkedin
FROM lead AS l;
