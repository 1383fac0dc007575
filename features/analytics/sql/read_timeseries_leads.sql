-- Counts the leads that a user made by day, week or month, and by source.
-- params:   $1 user_id uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 at timestamptz | $7 unit text
-- choices:  by=none: NULL::text
-- choices:  by=source: left(l.source, 200)
-- rows:     first_day date | last_day date | bucket date? | starts_at timestamptz? | key text? | to_key text? | name text? | currency text? |
--           count int8? | value json? | average float8? | median float8? | known_since timestamptz? | as_of timestamptz
-- index:    idx_leads_user_created
-- mode:     read
-- place:    user
-- reads:    leads
-- clock:    bounded
-- timeout:  3 s
-- budget:   900 + 2 * rows
-- sorts:    the answer's rows
-- note:     the index alone, but by source from the rows.
--           A row of each bucket, also of an empty one, and one of the whole range without bucket. Buckets are local days, ISO weeks or
--           months of the zone, the first and the last cut to the range. Without first or last day the range is the `days` until today.
WITH range AS MATERIALIZED (
  SELECT d.first_day, d.last_day, salesflow.day_start(d.first_day, $2) AS starts_at, salesflow.day_start(d.last_day + 1, $2) AS ends_at
  FROM (SELECT coalesce($3, l.last_day - ($5 - 1)) AS first_day, l.last_day FROM (SELECT coalesce($4, ($6 AT TIME ZONE $2)::date) AS last_day) AS l) AS d
)
SELECT r.first_day, r.last_day, CASE WHEN b.at < 'infinity' THEN b.at::date END AS bucket,
       CASE WHEN b.at < 'infinity' THEN salesflow.day_start(greatest(b.at::date, r.first_day), $2) END AS starts_at,
       s.key, NULL AS to_key, NULL AS name, NULL AS currency, s.count, NULL::json AS value, NULL::float8 AS average, NULL::float8 AS median,
       NULL::timestamptz AS known_since, now() AS as_of
FROM range AS r
CROSS JOIN LATERAL (SELECT g.at FROM generate_series(date_trunc($7, r.first_day::timestamp), r.last_day::timestamp, ('1 ' || $7)::interval) AS g (at)
                    UNION ALL SELECT 'infinity') AS b
LEFT JOIN (
  SELECT coalesce(g.at, 'infinity') AS at, g.key, count(*) AS count
  FROM (SELECT date_trunc($7, l.created_at AT TIME ZONE $2) AS at, /*by*/ AS key FROM leads AS l
        WHERE l.user_id = $1 AND l.created_at >= (SELECT r.starts_at FROM range AS r) AND l.created_at < (SELECT r.ends_at FROM range AS r)) AS g
  GROUP BY GROUPING SETS ((g.at, g.key), (g.key))
) AS s ON s.at = b.at
ORDER BY b.at, s.key;
