-- Lists the open deals of a pipeline that should close within a range of days, by month, with the sums of each month and of all.
-- params:   $1 org_id uuid | $2 pipeline text | $3 closes_from date | $4 closes_until date
-- rows:     month text | month_deals int8 | month_value json | month_weighted_value json | all_deals int8 | all_value json | all_weighted_value json |
--           id uuid | title text | value json | currency text | stage text | probability int4 | weighted_value json | expected_close_date date |
--           contact_id uuid? | contact_name text? | owner_id uuid?
-- index:    idx_deals_org_open_close, idx_deals_search
-- mode:     read
-- place:    org
-- reads:    deals, contacts
-- timeout:  3 s
-- budget:   250 + 5 * rows
-- sorts:    a month is a group, which no index names
-- note:     amounts leave as JSON numbers with all their digits, sums without zeros behind; sums are repeated in each row. 592 buffers for 423 deals. Both
--           days are in the range.
SELECT to_char(d.expected_close_date, 'YYYY-MM') AS month, count(*) OVER in_month AS month_deals, to_json(trim_scale(sum(d.value) OVER in_month)) AS month_value,
       to_json(coalesce(trim_scale(sum(d.weighted_value) OVER in_month), 0)) AS month_weighted_value, count(*) OVER () AS all_deals,
       to_json(trim_scale(sum(d.value) OVER ())) AS all_value, to_json(coalesce(trim_scale(sum(d.weighted_value) OVER ()), 0)) AS all_weighted_value,
       d.id, d.title, to_json(d.value) AS value, d.currency, d.stage, d.probability, to_json(trim_scale(d.weighted_value)) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id
FROM deals AS d
WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date BETWEEN $3 AND $4 AND d.pipeline = $2
WINDOW in_month AS (PARTITION BY to_char(d.expected_close_date, 'YYYY-MM'))
ORDER BY d.expected_close_date, d.id;
