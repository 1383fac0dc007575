-- Counts a user's or an organisation's messages by day, week or month, and by template.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 at timestamptz | $7 unit text
-- choices:  scope=user: user_id
-- choices:  scope=organization: org_id
-- words:    scope=user: messages message_events | message_days user_message_days | template_days user_template_days
-- words:    scope=organization: messages our_message_rows | message_days org_message_days | template_days org_template_days
-- rows:     first_day date | last_day date | bucket date? | starts_at timestamptz? | key text? | to_key text? | name text? | currency text? |
--           count int8? | value json? | average float8? | median float8? | known_since timestamptz? | as_of timestamptz
-- index:    user_message_days_key, user_template_days_key, idx_message_events_user_created_direction, event_invalidations_user
-- indexes:  scope=organization: org_message_days_key, org_template_days_key, idx_message_events_org_created, event_invalidations_org
-- mode:     read
-- place:    mixed
-- reads:    user_message_days, user_template_days, message_events, event_invalidations, org_message_days, org_template_days, our_message_rows
-- clock:    bounded
-- timeout:  5 s
-- budget:   5000 + 2 * rows
-- sorts:    the answer's rows
-- note:     key: the first 200 characters of template_version; NULL for messages without one, which are all less those with one.
--           UTC days are kept (migration 0083). Where a bucket of the zone begins before or after the UTC day of its date, the rows between
--           are moved from one bucket to the other; days that stand in the log are counted from their rows instead.
--           A row of each bucket, also of an empty one, and one of the whole range without bucket. Buckets are local days, ISO weeks or
--           months of the zone, the first and the last cut to the range. Without first or last day the range is the `days` until today.
WITH range AS MATERIALIZED (
  SELECT d.first_day, d.last_day, salesflow.day_start(d.first_day, $2) AS starts_at, salesflow.day_start(d.last_day + 1, $2) AS ends_at
  FROM (SELECT coalesce($3, l.last_day - ($5 - 1)) AS first_day, l.last_day FROM (SELECT coalesce($4, ($6 AT TIME ZONE $2)::date) AS last_day) AS l) AS d
), bucket AS MATERIALIZED (
  SELECT g.at, greatest(g.at::date, r.first_day) AS day, lag(g.at) OVER (ORDER BY g.at) AS before
  FROM range AS r CROSS JOIN LATERAL generate_series(date_trunc($7, r.first_day::timestamp), r.last_day::timestamp, ('1 ' || $7)::interval) AS g (at)
), edge AS MATERIALIZED (
  SELECT least(e.local_at, e.utc_at) AS since, greatest(e.local_at, e.utc_at) AS until,
         CASE WHEN e.local_at < e.utc_at THEN e.after ELSE e.before END AS gains, CASE WHEN e.local_at < e.utc_at THEN e.before ELSE e.after END AS loses
  FROM (SELECT b.at AS after, b.before, salesflow.day_start(b.day, $2) AS local_at, timezone('UTC', b.day::timestamp) AS utc_at FROM bucket AS b
        UNION ALL
        SELECT NULL, (SELECT max(b.at) FROM bucket AS b), r.ends_at, timezone('UTC', (r.last_day + 1)::timestamp) FROM range AS r WHERE r.first_day <= r.last_day) AS e
  WHERE e.local_at <> e.utc_at
), stale AS MATERIALIZED (
  SELECT DISTINCT l.day FROM range AS r JOIN event_invalidations AS l ON l./*scope*/ = $1 AND l.day BETWEEN r.first_day AND r.last_day
), piece AS MATERIALIZED (
  SELECT e.since, e.until, e.gains, e.loses FROM edge AS e
  UNION ALL
  SELECT timezone('UTC', s.day::timestamp), timezone('UTC', (s.day + 1)::timestamp), date_trunc($7, s.day::timestamp), NULL FROM stale AS s
), counted AS (
  SELECT date_trunc($7, m.day::timestamp) AS at, NULL AS key, m.messages AS count
  FROM range AS r JOIN /*message_days*/ AS m ON m./*scope*/ = $1 AND m.day >= r.first_day AND m.day <= r.last_day
  WHERE m.day <> ALL (ARRAY(SELECT s.day FROM stale AS s))
  UNION ALL
  SELECT date_trunc($7, m.day::timestamp) AS at, k.key AS key, k.sign * m.total AS count
  FROM range AS r JOIN /*template_days*/ AS m ON m./*scope*/ = $1 AND m.day >= r.first_day AND m.day <= r.last_day
  CROSS JOIN LATERAL (VALUES (m.template_version, 1), (NULL, -1)) AS k (key, sign)
  WHERE m.day <> ALL (ARRAY(SELECT s.day FROM stale AS s))
  UNION ALL
  SELECT v.at, c.key, v.sign * c.count
  FROM piece AS p
  CROSS JOIN LATERAL (SELECT left(m.template_version, 200) AS key, count(*) AS count FROM /*messages*/ AS m
                      WHERE m./*scope*/ = $1 AND m.created_at >= p.since AND m.created_at < p.until GROUP BY 1 OFFSET 0) AS c
  CROSS JOIN LATERAL (VALUES (p.gains, 1), (p.loses, -1)) AS v (at, sign)
  WHERE v.at IS NOT NULL
), summed AS (
  SELECT coalesce(c.at, 'infinity') AS at, c.key, sum(c.count)::int8 AS count FROM counted AS c
  GROUP BY GROUPING SETS ((c.at, c.key), (c.key)) HAVING sum(c.count) <> 0
)
SELECT r.first_day, r.last_day, CASE WHEN b.at < 'infinity' THEN b.at::date END AS bucket,
       CASE WHEN b.at < 'infinity' THEN salesflow.day_start(b.day, $2) END AS starts_at,
       s.key, NULL AS to_key, NULL AS name, NULL AS currency, s.count, NULL::json AS value, NULL::float8 AS average, NULL::float8 AS median,
       NULL::timestamptz AS known_since, now() AS as_of
FROM range AS r
CROSS JOIN (SELECT k.at, k.day FROM bucket AS k UNION ALL SELECT 'infinity', NULL) AS b
LEFT JOIN summed AS s ON s.at = b.at
ORDER BY b.at, s.key;
