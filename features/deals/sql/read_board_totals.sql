-- Counts and sums the open deals of a pipeline by stage.
-- params:   $1 org_id uuid | $2 pipeline text
-- rows:     stage text | deals int8 | value numeric | weighted_value numeric
-- index:    idx_deals_org_board
-- mode:     read
-- reads:    deals
-- hotspot:  Q7
-- timeout:  1 s
-- budget:   60
-- note:     index-only, about 60 deals a page of the index: 18 for 1,133 open deals, 48 for 3,000; stages without deals have no row.
SELECT d.stage, count(*) AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value
FROM deals AS d
WHERE d.org_id = $1 AND d.pipeline = $2 AND d.closed_at IS NULL
GROUP BY d.stage;
