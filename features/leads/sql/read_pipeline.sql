-- Counts a user's leads by status and by score: hot from 80, warm from 60, cool from 40.
-- params:  $1 user_id uuid
-- rows:    total int8 | hot int8 | warm int8 | cool int8 | by_status jsonb
-- index:   user_lead_standings_key, user_lead_standings_unfolded
-- mode:    read
-- place:   user
-- reads:   user_lead_standings
-- timeout: 1 s
-- budget:  60
-- sorts:   what is not folded yet
-- note:    kept at writing (migration 0085): reads a row for each status, and what is not folded yet.
SELECT coalesce(sum(s.leads), 0)::int8 AS total, coalesce(sum(s.hot), 0)::int8 AS hot, coalesce(sum(s.warm), 0)::int8 AS warm,
       coalesce(sum(s.cool), 0)::int8 AS cool, coalesce(jsonb_object_agg(s.status, s.leads), '{}') AS by_status
FROM (SELECT k.status, sum(k.leads)::int8 AS leads, sum(k.hot) AS hot, sum(k.warm) AS warm, sum(k.cool) AS cool
      FROM user_lead_standings AS k WHERE k.user_id = $1 GROUP BY k.status HAVING sum(k.leads) <> 0) AS s;
