-- Counts and sums the open deals of a pipeline, and those won and lost since an instant.
-- params:   $1 org_id uuid | $2 pipeline text | $3 closed_since timestamptz
-- rows:     own_currency text | open_count int8 | open_value json | open_weighted_value json | open_by_currency json | won_count int8 | won_value json |
--           won_by_currency json | lost_count int8 | lost_value json | lost_by_currency json | win_rate json | avg_deal_value json
-- index:    org_open_deal_sums_key, idx_deals_org_closed_currency
-- mode:     read
-- place:    mixed
-- reads:    deals, organizations, org_open_deal_sums
-- clock:    bounded
-- timeout:  2 s
-- budget:   200
-- sorts:    a handful of currencies
-- note:     what is open is kept (org_open_deal_sums); what was closed is index-only, about 60 deals a page of the index. Rate in percent of what was decided, one decimal; the
--           average of what was won, two (or its currency's); both 0 without any. One sum is of the organisation's currency, and each
--           currency's stand beside it. Amounts leave as JSON numbers with all their digits, sums without zeros behind.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), opened AS MATERIALIZED (
  SELECT d.currency, sum(d.deals)::int8 AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value
  FROM org_open_deal_sums AS d WHERE d.org_id = $1 AND d.pipeline = $2 GROUP BY d.currency HAVING sum(d.deals) > 0
), closed AS MATERIALIZED (
  SELECT currency_code(d.currency) AS currency, count(*) FILTER (WHERE d.won) AS won, coalesce(sum(d.value) FILTER (WHERE d.won), 0) AS won_value,
         count(*) FILTER (WHERE NOT d.won) AS lost, coalesce(sum(d.value) FILTER (WHERE NOT d.won), 0) AS lost_value
  FROM deals AS d WHERE d.org_id = $1 AND d.pipeline = $2 AND d.closed_at IS NOT NULL AND d.closed_at >= $3 GROUP BY 1
)
SELECT own.currency AS own_currency, o.deals AS open_count, to_json(trim_scale(o.value)) AS open_value, to_json(trim_scale(o.weighted_value)) AS open_weighted_value,
       o.by_currency AS open_by_currency, c.won AS won_count, to_json(trim_scale(c.won_value)) AS won_value, c.won_by_currency,
       c.lost AS lost_count, to_json(trim_scale(c.lost_value)) AS lost_value, c.lost_by_currency,
       to_json(CASE WHEN c.won + c.lost > 0 THEN round(100.0 * c.won / (c.won + c.lost), 1) ELSE 0 END) AS win_rate,
       to_json(CASE WHEN c.own_won > 0 THEN round(c.won_value / c.own_won, greatest(currency_decimals(own.currency), 2)) ELSE 0 END) AS avg_deal_value
FROM own CROSS JOIN LATERAL (
       SELECT coalesce(sum(s.deals), 0)::int8 AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = own.currency), 0) AS value,
              coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = own.currency), 0) AS weighted_value,
              coalesce(json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency), '[]') AS by_currency
       FROM opened AS s) AS o
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(s.won), 0)::int8 AS won, coalesce(sum(s.won) FILTER (WHERE s.currency = own.currency), 0) AS own_won,
              coalesce(sum(s.won_value) FILTER (WHERE s.currency = own.currency), 0) AS won_value,
              coalesce(sum(s.lost), 0)::int8 AS lost, coalesce(sum(s.lost_value) FILTER (WHERE s.currency = own.currency), 0) AS lost_value,
              coalesce(json_agg(json_build_object('currency', s.currency, 'count', s.won, 'value', money_text(s.won_value, s.currency)) ORDER BY s.currency) FILTER (WHERE s.won > 0), '[]') AS won_by_currency,
              coalesce(json_agg(json_build_object('currency', s.currency, 'count', s.lost, 'value', money_text(s.lost_value, s.currency)) ORDER BY s.currency) FILTER (WHERE s.lost > 0), '[]') AS lost_by_currency
       FROM closed AS s) AS c;
