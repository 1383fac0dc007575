-- Lists the open deals of a pipeline that should close within a range of days, by month, with the sums of each month and of all.
-- params:   $1 org_id uuid | $2 pipeline text | $3 closes_from date | $4 closes_until date
-- rows:     own_currency text | month text | month_deals int8 | month_value json | month_weighted_value json | month_by_currency json? |
--           all_deals int8 | all_value json | all_weighted_value json | all_by_currency json? |
--           id uuid | title text | value json | currency text | stage text | probability int4 | weighted_value json | expected_close_date date |
--           contact_id uuid? | contact_name text? | owner_id uuid?
-- index:    idx_deals_org_open_close, idx_deals_search_folded
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, organizations
-- clock:    bounded
-- timeout:  3 s
-- budget:   250 + 5 * rows
-- sorts:    a month is a group, which no index names
-- note:     amounts leave as JSON numbers with all their digits, sums without zeros behind; sums of the organisation's currency are repeated in each row, those of
--           each currency stand in the first row of a month and of all. 592 buffers for 423 deals. Both
--           days are in the range.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), found AS MATERIALIZED (
  SELECT to_char(d.expected_close_date, 'YYYY-MM') AS month, d.id, d.title, d.value, currency_code(d.currency) AS currency, d.stage, d.probability, d.weighted_value,
         d.expected_close_date, d.contact_id, d.owner_id
  FROM deals AS d
  WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date BETWEEN $3 AND $4 AND d.pipeline = $2
), sums AS MATERIALIZED (
  SELECT f.month, f.currency, count(*) AS deals, coalesce(sum(f.value), 0) AS value, coalesce(sum(f.weighted_value), 0) AS weighted_value
  FROM found AS f GROUP BY GROUPING SETS ((f.month, f.currency), (f.currency))
), months AS MATERIALIZED (
  SELECT s.month, sum(s.deals)::int8 AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = o.currency), 0) AS value,
         coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = o.currency), 0) AS weighted_value,
         json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency) AS by_currency
  FROM sums AS s CROSS JOIN own AS o GROUP BY s.month
)
SELECT o.currency AS own_currency, f.month, m.deals AS month_deals, to_json(trim_scale(m.value)) AS month_value, to_json(trim_scale(m.weighted_value)) AS month_weighted_value,
       CASE WHEN row_number() OVER (PARTITION BY f.month ORDER BY f.expected_close_date, f.id) = 1 THEN m.by_currency END AS month_by_currency,
       w.deals AS all_deals, to_json(trim_scale(w.value)) AS all_value, to_json(trim_scale(w.weighted_value)) AS all_weighted_value,
       CASE WHEN row_number() OVER (ORDER BY f.month, f.expected_close_date, f.id) = 1 THEN w.by_currency END AS all_by_currency,
       f.id, f.title, to_json(f.value) AS value, f.currency, f.stage, f.probability, to_json(trim_scale(f.weighted_value)) AS weighted_value,
       f.expected_close_date, f.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = f.contact_id AND c.org_id = $1) AS contact_name, f.owner_id
FROM own AS o CROSS JOIN found AS f JOIN months AS m ON m.month = f.month JOIN months AS w ON w.month IS NULL
ORDER BY f.month, f.expected_close_date, f.id;
