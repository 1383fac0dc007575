-- Counts a user's leads, from the counter.
-- params:   $1 user_id uuid
-- rows:     leads int8
-- index:    user_lead_counts_key
-- mode:     read
-- place:    user
-- reads:    leads
-- timeout:  1 s
-- budget:   60
SELECT coalesce(sum(n.rows), 0)::int8 AS leads FROM user_lead_counts AS n WHERE n.user_id = $1;
