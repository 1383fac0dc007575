-- Lists the pipelines that an organisation's deals are in, with how many of them are open.
-- params:   $1 org_id uuid | $2 limit_rows int8
-- rows:     value text | count int8
-- index:    org_open_deal_sums_key, idx_deals_org_closed_currency
-- mode:     read
-- place:    org
-- reads:    deals, org_open_deal_sums
-- timeout:  2 s
-- budget:   60 + 8 * rows
-- sorts:    a row for each pipeline
-- note:     what is open is kept (org_open_deal_sums, migration 0087); those of closed deals are found by going from one pipeline
--           to the next in an index that begins with the two, whatever the number of deals.
WITH RECURSIVE closed AS (
  (SELECT d.pipeline::text AS value FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NOT NULL ORDER BY d.pipeline LIMIT 1)
  UNION ALL
  SELECT (SELECT d.pipeline::text FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NOT NULL AND d.pipeline > c.value
          ORDER BY d.pipeline LIMIT 1)
  FROM closed AS c WHERE c.value IS NOT NULL
)
SELECT p.value, sum(p.deals)::int8 AS count
FROM (SELECT c.value, 0 AS deals FROM (SELECT f.value FROM closed AS f LIMIT $2) AS c WHERE c.value IS NOT NULL
      UNION ALL
      SELECT o.value, o.deals FROM (SELECT d.pipeline AS value, sum(d.deals) AS deals FROM org_open_deal_sums AS d WHERE d.org_id = $1
                                    GROUP BY d.pipeline HAVING sum(d.deals) > 0) AS o) AS p
GROUP BY p.value
ORDER BY p.value
LIMIT $2;
