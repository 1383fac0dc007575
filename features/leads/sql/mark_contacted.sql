-- Notes on a lead that a message went out to it now.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 message text
-- rows:     id uuid | name text | status text
-- index:    leads_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   leads
-- timeout:  2 s
-- budget:   120
-- note:     a customer stays one. It locks the lead, so that log_message behind it in the same Sync sees the suggestion
--           that another one of these has just made.
UPDATE public.leads AS l
SET status = CASE WHEN l.status_key = 'won' THEN l.status ELSE 'contacted' END, last_contact = now(), last_outreach_at = now(),
    last_message = coalesce($3, l.last_message)
WHERE l.user_id = $1 AND l.id = $2
RETURNING l.id, l.name, l.status_key AS status;
