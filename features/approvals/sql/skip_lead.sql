-- Takes a new lead out of the inbox without a message; with a day, it is to be followed up then.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 follow_up_day date
-- variants: snooze: , next_follow_up = salesflow_lead_day($3)
-- rows:     id uuid
-- index:    leads_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   leads
-- timeout:  2 s
-- budget:   150
UPDATE public.leads AS l SET reviewed_at = now() /*snooze*/
WHERE l.user_id = $1 AND l.id = $2 AND l.status_key = 'new'
RETURNING l.id;
