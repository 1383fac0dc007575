-- Counts the changes from each stage to each other of an organisation's deals, by day, week or month.
-- params:   $1 org_id uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 at timestamptz | $7 unit text | $8 pipeline text
-- variants: pipeline: AND c.pipeline = $8
-- rows:     first_day date | last_day date | bucket date? | starts_at timestamptz? | key text? | to_key text? | name text? | currency text? |
--           count int8? | value json? | average float8? | median float8? | known_since timestamptz? | as_of timestamptz
-- index:    deal_stage_changes_org_changed_idx, deal_stage_changes_org_seen_idx
-- mode:     read
-- place:    org
-- reads:    deal_stage_changes
-- clock:    bounded
-- timeout:  3 s
-- budget:   900 + 2 * rows
-- sorts:    the answer's rows
-- note:     key: from which stage, NULL for deals that were made in a stage. to_key: to which.
--           A row of each bucket, also of an empty one, and one of the whole range without bucket. Buckets are local days, ISO weeks or
--           months of the zone, the first and the last cut to the range. Without first or last day the range is the `days` until today.
WITH range AS MATERIALIZED (
  SELECT d.first_day, d.last_day, salesflow.day_start(d.first_day, $2) AS starts_at, salesflow.day_start(d.last_day + 1, $2) AS ends_at
  FROM (SELECT coalesce($3, l.last_day - ($5 - 1)) AS first_day, l.last_day FROM (SELECT coalesce($4, ($6 AT TIME ZONE $2)::date) AS last_day) AS l) AS d
)
SELECT r.first_day, r.last_day, CASE WHEN b.at < 'infinity' THEN b.at::date END AS bucket,
       CASE WHEN b.at < 'infinity' THEN salesflow.day_start(greatest(b.at::date, r.first_day), $2) END AS starts_at,
       s.from_stage AS key, s.to_stage AS to_key, NULL AS name, NULL AS currency, s.count, NULL::json AS value, NULL::float8 AS average,
       NULL::float8 AS median, k.since AS known_since, now() AS as_of
FROM range AS r
CROSS JOIN LATERAL (SELECT g.at FROM generate_series(date_trunc($7, r.first_day::timestamp), r.last_day::timestamp, ('1 ' || $7)::interval) AS g (at)
                    UNION ALL SELECT 'infinity') AS b
CROSS JOIN (SELECT salesflow.stages_known_since($1) AS since OFFSET 0) AS k
LEFT JOIN (
  SELECT coalesce(g.at, 'infinity') AS at, g.from_stage, g.to_stage, count(*) AS count
  FROM (SELECT date_trunc($7, c.changed_at AT TIME ZONE $2) AS at, c.from_stage, c.to_stage FROM deal_stage_changes AS c
        WHERE c.org_id = $1 AND c.changed_at >= (SELECT r.starts_at FROM range AS r) AND c.changed_at < (SELECT r.ends_at FROM range AS r) AND c.from_stage IS DISTINCT FROM c.to_stage /*pipeline*/) AS g
  GROUP BY GROUPING SETS ((g.at, g.from_stage, g.to_stage), (g.from_stage, g.to_stage))
) AS s ON s.at = b.at
ORDER BY b.at, s.from_stage NULLS FIRST, s.to_stage;
