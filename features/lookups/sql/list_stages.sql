-- Lists the stages that deals go through, and others that an organisation's open deals are in, with how many are in each.
-- params:   $1 org_id uuid | $2 limit_rows int8
-- rows:     value text | count int8?
-- index:    org_open_deal_sums_key
-- mode:     read
-- place:    org
-- reads:    org_open_deal_sums
-- timeout:  2 s
-- budget:   60
-- sorts:    a handful of stages
-- note:     kept at writing (migration 0087): a row a pipeline, stage, owner and currency. Closed deals are counted nowhere: NULL.
SELECT s.value, CASE WHEN s.value NOT IN ('won', 'lost') THEN s.deals END AS count
FROM (SELECT k.value, min(k.position) AS position, sum(k.deals)::int8 AS deals
      FROM (SELECT v.value, v.position, 0 AS deals
            FROM unnest('{new,qualified,meeting,proposal,negotiation,won,lost}'::text[]) WITH ORDINALITY AS v (value, position)
            UNION ALL
            SELECT d.stage, NULL, d.deals FROM org_open_deal_sums AS d WHERE d.org_id = $1) AS k
      GROUP BY k.value) AS s
WHERE s.position IS NOT NULL OR s.deals > 0
ORDER BY s.position, s.value
LIMIT $2;
