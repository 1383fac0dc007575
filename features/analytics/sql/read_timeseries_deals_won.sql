-- Counts an organisation's won deals and sums their value by day, week or month of closing, and by stage or owner, always by currency.
-- params:   $1 org_id uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 at timestamptz | $7 unit text | $8 pipeline text
-- choices:  by=none: NULL AS key, NULL::uuid AS owner_id
-- choices:  by=stage: d.stage AS key, NULL::uuid AS owner_id
-- choices:  by=owner: NULL AS key, d.owner_id
-- variants: pipeline: AND d.pipeline = $8
-- rows:     first_day date | last_day date | bucket date? | starts_at timestamptz? | key text? | to_key text? | name text? | currency text? |
--           count int8? | value json? | average float8? | median float8? | known_since timestamptz? | as_of timestamptz
-- index:    idx_deals_org_won
-- mode:     read
-- place:    mixed
-- reads:    deals, org_members, users
-- clock:    bounded
-- timeout:  3 s
-- budget:   900 + 2 * rows
-- sorts:    the answer's rows
-- note:     a sum is of one currency, so every group is also one of currencies. Sums have the decimals of their currency. What is no number counts as 0.
--           A row of each bucket, also of an empty one, and one of the whole range without bucket. Buckets are local days, ISO weeks or
--           months of the zone, the first and the last cut to the range. Without first or last day the range is the `days` until today.
WITH range AS MATERIALIZED (
  SELECT d.first_day, d.last_day, salesflow.day_start(d.first_day, $2) AS starts_at, salesflow.day_start(d.last_day + 1, $2) AS ends_at
  FROM (SELECT coalesce($3, l.last_day - ($5 - 1)) AS first_day, l.last_day FROM (SELECT coalesce($4, ($6 AT TIME ZONE $2)::date) AS last_day) AS l) AS d
)
SELECT r.first_day, r.last_day, CASE WHEN b.at < 'infinity' THEN b.at::date END AS bucket,
       CASE WHEN b.at < 'infinity' THEN salesflow.day_start(greatest(b.at::date, r.first_day), $2) END AS starts_at,
       coalesce(s.key, s.owner_id::text) AS key, NULL AS to_key,
       CASE WHEN b.at = 'infinity' THEN (SELECT coalesce(nullif(u.full_name, ''), u.name) FROM org_members AS m JOIN users AS u ON u.id = m.user_id
                                         WHERE m.org_id = $1 AND m.user_id = s.owner_id)::text END AS name, s.currency, s.count, money_text(s.value, s.currency)::json AS value, NULL::float8 AS average, NULL::float8 AS median,
       NULL::timestamptz AS known_since, now() AS as_of
FROM range AS r
CROSS JOIN LATERAL (SELECT g.at FROM generate_series(date_trunc($7, r.first_day::timestamp), r.last_day::timestamp, ('1 ' || $7)::interval) AS g (at)
                    UNION ALL SELECT 'infinity') AS b
LEFT JOIN (
  SELECT coalesce(g.at, 'infinity') AS at, g.key, g.owner_id, g.currency, count(*) AS count, coalesce(sum(g.value), 0) AS value
  FROM (SELECT date_trunc($7, d.closed_at AT TIME ZONE $2) AS at, /*by*/, currency_code(d.currency) AS currency, d.value FROM deals AS d
        WHERE d.org_id = $1 AND d.closed_at IS NOT NULL AND d.won AND d.closed_at >= (SELECT r.starts_at FROM range AS r) AND d.closed_at < (SELECT r.ends_at FROM range AS r) /*pipeline*/) AS g
  GROUP BY GROUPING SETS ((g.at, g.key, g.owner_id, g.currency), (g.key, g.owner_id, g.currency))
) AS s ON s.at = b.at
ORDER BY b.at, s.key, s.owner_id, s.currency;
