-- Lists where a user's leads come from, with how many came.
-- params:   $1 user_id uuid | $2 limit_rows int8
-- rows:     value text | count int8
-- index:    user_lead_arrivals_key
-- mode:     read
-- place:    user
-- reads:    user_lead_arrivals
-- timeout:  2 s
-- budget:   200
-- sorts:    a row for each source and day
-- note:     kept at writing (migration 0085): a row a day and source. Of the newest 10,000 of them: who gives each lead a source of
--           its own has no list to choose from. 'unknown' is what has none.
SELECT s.source AS value, sum(s.leads)::int8 AS count
FROM (SELECT k.source, k.leads FROM user_lead_arrivals AS k WHERE k.user_id = $1 ORDER BY k.day DESC LIMIT 10000) AS s
WHERE s.source <> 'unknown'
GROUP BY s.source HAVING sum(s.leads) > 0
ORDER BY s.source
LIMIT $2;
