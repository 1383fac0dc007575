-- An organisation's sessions by day: the bounds of a zone's days, the summaries of the UTC days around them, and the single sessions of days that are not summed up at this moment.
-- params:   $1 org_id uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 compare bool
-- rows:     kind int2 | at timestamptz? | day date? | quarters bytea? | people bytea? | number int4? | user_id uuid? | outcome text? | reward int8?
-- index:    org_session_days_key, session_invalidations_org, idx_rlhf_sessions_org_created
-- mode:     read
-- place:    org
-- reads:    rlhf_feedback_sessions
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   300
-- sorts:    none of a table
-- note:     kinds: 0 the moment of the answer and the first day asked for; 1 a local day and when it begins, last the end of the last; 2 a UTC day as migration 0082 packs it; 3 a session. A buffer for each
--           day (35 for 30 days). Bounds come from PostgreSQL, whose time zones these are; compared are columns, since a function of one is no index condition behind the view.
WITH asked AS MATERIALIZED (
  SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t
), bound AS MATERIALIZED (
  SELECT d.day, d.at FROM asked AS a, list_local_days($2, CASE WHEN $6 THEN a.first_day - (a.last_day - a.first_day + 1) ELSE a.first_day END, a.last_day) AS d
), span AS MATERIALIZED (
  SELECT (min(b.at) AT TIME ZONE 'UTC')::date AS first_day, (max(b.at) AT TIME ZONE 'UTC')::date AS last_day FROM bound AS b
), stale AS MATERIALIZED (
  SELECT DISTINCT l.day, timezone('UTC', l.day::timestamp) AS from_at, timezone('UTC', (l.day + 1)::timestamp) AS until_at
  FROM session_invalidations AS l, span AS p WHERE l.org_id = $1 AND l.day >= p.first_day AND l.day <= p.last_day
)
SELECT 0::int2 AS kind, now() AS at, a.first_day AS day, NULL::bytea AS quarters, NULL::bytea AS people, NULL::int4 AS number, NULL::uuid AS user_id, NULL::text AS outcome, NULL::int8 AS reward
FROM asked AS a
UNION ALL
SELECT 1::int2, b.at, b.day, NULL, NULL, NULL, NULL, NULL, NULL FROM bound AS b
UNION ALL
SELECT 2::int2, NULL, s.day, s.quarters, s.people, NULL, NULL, NULL, NULL
FROM span AS p JOIN org_session_days AS s ON s.org_id = $1 AND s.day >= p.first_day AND s.day <= p.last_day
WHERE s.day NOT IN (SELECT t.day FROM stale AS t)
UNION ALL
SELECT 3::int2, f.created_at, NULL, NULL, NULL, n.number, f.user_id, f.outcome::text,
       CASE WHEN f.composite_reward::numeric > '-Infinity' AND f.composite_reward::numeric < 'Infinity'
            THEN round(least(greatest(f.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END
FROM stale AS t
JOIN our_session_rows AS f ON f.org_id = $1 AND f.created_at >= t.from_at AND f.created_at < t.until_at
LEFT JOIN org_session_users AS n ON n.org_id = $1 AND n.user_id = f.user_id;
