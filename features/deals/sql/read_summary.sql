-- Counts and sums the open deals of a pipeline, and those won and lost since an instant.
-- params:   $1 org_id uuid | $2 pipeline text | $3 closed_since timestamptz
-- rows:     open_count int8 | open_value json | open_weighted_value json | won_count int8 | won_value json | lost_count int8 | lost_value json | win_rate json | avg_deal_value json
-- index:    org_open_deal_totals_key, idx_deals_org_closed
-- mode:     read
-- place:    org
-- reads:    deals, org_open_deal_totals
-- timeout:  2 s
-- budget:   200
-- note:     what is open is kept (org_open_deal_totals); what was closed is index-only, about 60 deals a page of the index. Rate in percent of what was decided, one decimal; the
--           average of what was won, two; both 0 without any. Amounts leave as JSON numbers with all their digits, sums without zeros behind.
SELECT o.deals AS open_count, to_json(trim_scale(o.value)) AS open_value, to_json(trim_scale(o.weighted_value)) AS open_weighted_value,
       c.won AS won_count, to_json(trim_scale(c.won_value)) AS won_value, c.lost AS lost_count, to_json(trim_scale(c.lost_value)) AS lost_value,
       to_json(CASE WHEN c.won + c.lost > 0 THEN round(100.0 * c.won / (c.won + c.lost), 1) ELSE 0 END) AS win_rate,
       to_json(CASE WHEN c.won > 0 THEN round(c.won_value / c.won, 2) ELSE 0 END) AS avg_deal_value
FROM (SELECT coalesce(sum(d.deals), 0)::int8 AS deals, coalesce(sum(d.value), 0) AS value, coalesce(sum(d.weighted_value), 0) AS weighted_value
      FROM org_open_deal_totals AS d WHERE d.org_id = $1 AND d.pipeline = $2) AS o,
     (SELECT count(*) FILTER (WHERE d.won) AS won, coalesce(sum(d.value) FILTER (WHERE d.won), 0) AS won_value,
             count(*) FILTER (WHERE NOT d.won) AS lost, coalesce(sum(d.value) FILTER (WHERE NOT d.won), 0) AS lost_value
      FROM deals AS d WHERE d.org_id = $1 AND d.pipeline = $2 AND d.closed_at IS NOT NULL AND d.closed_at >= $3) AS c;
