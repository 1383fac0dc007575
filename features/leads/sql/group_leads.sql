-- Counts a user's leads by status, with what they are worth.
-- params:   $1 user_id uuid
-- rows:     status text | count int8 | total_value jsonb | all_count int8 | all_value jsonb
-- index:    idx_leads_status_created, idx_leads_user_created, leads_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    leads
-- timeout:  5 s
-- budget:   2700
-- sorts:    a handful of groups, the largest first
-- note:     reads all the user's leads: what a lead is worth stands in no index.
SELECT coalesce(l.status_key, 'new') AS status, count(*) AS count, to_jsonb(coalesce(sum(l.customer_value), 0)) AS total_value,
       (sum(count(*)) OVER ())::int8 AS all_count, to_jsonb(coalesce(sum(sum(l.customer_value)) OVER (), 0)) AS all_value
FROM leads AS l
WHERE l.user_id = $1
GROUP BY 1
ORDER BY count(*) DESC, 1;
