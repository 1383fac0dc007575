-- Skips one draft that waits; with a day, its lead is to be followed up then, and drafted for again.
-- params:   $1 user_id uuid | $2 draft_id uuid | $3 follow_up_day date
-- variants: snooze: , lead AS (UPDATE public.leads AS l SET next_follow_up = salesflow_lead_day($3) FROM draft AS d WHERE l.user_id = $1 AND l.id = d.lead_id)
-- rows:     id uuid
-- index:    message_queue_pkey
-- mode:     write
-- place:    user
-- writes:   message_queue, leads
-- timeout:  2 s
-- budget:   200
WITH draft AS (
  UPDATE public.message_queue AS q SET status = 'skipped' WHERE q.user_id = $1 AND q.id = $2 AND coalesce(q.status, 'pending') = 'pending'
  RETURNING q.id, q.lead_id
) /*snooze*/
SELECT d.id FROM draft AS d;
