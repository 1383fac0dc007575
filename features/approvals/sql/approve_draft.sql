-- Approves one draft that waits, notes on its lead that a message went out and logs it, all in one statement.
-- params:   $1 user_id uuid | $2 draft_id uuid | $3 edited_message text | $4 interaction_id uuid
-- rows:     channel text? | message text? | lead_id uuid? | lead_name text? | phone text? | whatsapp text? | email text? | instagram text? | facebook text? | linkedin text?
-- index:    message_queue_pkey
-- mode:     write
-- place:    user
-- writes:   message_queue, leads, lead_interactions
-- timeout:  2 s
-- budget:   350
-- note:     of two at once the second waits, finds it approved and gets no row.
WITH draft AS (
  UPDATE public.message_queue AS q SET status = 'approved', approved_at = now(), message = coalesce($3, q.message)
  WHERE q.user_id = $1 AND q.id = $2 AND coalesce(q.status, 'pending') = 'pending'
  RETURNING q.lead_id, q.channel, q.message
), lead AS (
  UPDATE public.leads AS l
  SET status = CASE WHEN l.status_key = 'new' THEN 'contacted' ELSE l.status END, last_contact = now(), last_outreach_at = now(),
    last_message = coalesce(d.message, l.last_message), last_contact_date = now(), last_contact_by = 'user', contact_count = coalesce(l.contact_count, 0) + 1,
    contact_status = CASE WHEN coalesce(l.contact_status, 'never_contacted') = 'never_contacted' THEN 'awaiting_reply' ELSE l.contact_status END,
    awaiting_reply_since = CASE WHEN coalesce(l.contact_status, 'never_contacted') IN ('never_contacted', 'awaiting_reply') THEN now()
                                ELSE l.awaiting_reply_since END, waiting_for_response = true
  FROM draft AS d WHERE l.user_id = $1 AND l.id = d.lead_id
  RETURNING l.*
), logged AS (
  INSERT INTO public.lead_interactions (id, user_id, lead_id, interaction_type, channel, summary, outcome, logged_by, source)
  SELECT $4, $1, l.id, 'message_sent', d.channel, d.message, 'sent', 'user', 'approval' FROM lead AS l CROSS JOIN draft AS d
)
SELECT d.channel, d.message, l.id AS lead_id, l.name AS lead_name, l.phone, l.whatsapp, l.email, coalesce(nullif(l.instagram_handle, ''), nullif(l.instagram, ''), l.instagram_url) AS instagram, l.facebook, coalesce(nullif(l.linkedin_url, ''), l.linkedin) AS linkedin
FROM draft AS d LEFT JOIN lead AS l ON true;
