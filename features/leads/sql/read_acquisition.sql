-- Counts a user's leads that were made since an instant, by source.
-- params:  $1 user_id uuid | $2 since timestamptz | $3 first_day date | $4 first_day_end timestamptz
-- rows:    total int8 | by_source jsonb | top_sources jsonb
-- index:   user_lead_arrivals_key, idx_leads_user_created
-- mode:    read
-- place:   user
-- reads:   user_lead_arrivals, leads
-- clock:   bounded
-- timeout: 2 s
-- budget:  600
-- sorts:   a row for each source and day of the period
-- note:    whole UTC days are kept at writing (migration 0085); of the first one (of $2, which ends at $4) only the rest
--          counts, and that is read from its leads.
WITH made AS MATERIALIZED (
  SELECT d.source, sum(d.leads)::int8 AS leads
  FROM (SELECT k.source, k.leads FROM user_lead_arrivals AS k WHERE k.user_id = $1 AND k.day > $3
        UNION ALL
        SELECT left(coalesce(nullif(btrim(l.source), ''), 'unknown'), 100), 1 FROM leads AS l
        WHERE l.user_id = $1 AND l.created_at >= $2 AND l.created_at < $4) AS d
  GROUP BY d.source HAVING sum(d.leads) <> 0
)
SELECT coalesce(sum(m.leads), 0)::int8 AS total, coalesce(jsonb_object_agg(m.source, m.leads), '{}') AS by_source,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('source', t.source, 'count', t.leads) ORDER BY t.leads DESC, t.source), '[]')
        FROM (SELECT k.source, k.leads FROM made AS k ORDER BY k.leads DESC, k.source LIMIT 5) AS t) AS top_sources
FROM made AS m;
