-- An organisation's sessions of some UTC days: packed days, and the single sessions of days that are not summed up at this moment.
-- params:   $1 org_id uuid | $2 first_day date | $3 last_day date
-- rows:     day date? | quarters bytea? | people bytea? | at timestamptz? | number int4? | user_id uuid? | outcome text? | reward int8?
-- index:    org_session_days_key, session_invalidations_org, idx_rlhf_sessions_org_created
-- mode:     read
-- place:    user
-- reads:    our_session_rows
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   40 + 2 * rows
-- sorts:    none of a table
-- note:     with a day: as migration 0082 packs it; without: a session. A buffer for each day (36 for 30 days). A LATERAL of its own
--           and times as columns: a join with the view, or a function of a column, is no index condition behind it
WITH stale AS MATERIALIZED (
  SELECT DISTINCT l.day, timezone('UTC', l.day::timestamp) AS from_at, timezone('UTC', (l.day + 1)::timestamp) AS until_at
  FROM session_invalidations AS l WHERE l.org_id = $1 AND l.day >= $2 AND l.day <= $3
)
SELECT s.day, s.quarters, s.people, NULL::timestamptz AS at, NULL::int4 AS number, NULL::uuid AS user_id, NULL::text AS outcome, NULL::int8 AS reward
FROM org_session_days AS s
WHERE s.org_id = $1 AND s.day >= $2 AND s.day <= $3 AND s.day NOT IN (SELECT t.day FROM stale AS t)
UNION ALL
SELECT NULL, NULL, NULL, f.created_at, n.number, f.user_id, f.outcome::text,
       CASE WHEN f.composite_reward::numeric > '-Infinity' AND f.composite_reward::numeric < 'Infinity'
            THEN round(least(greatest(f.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END
FROM stale AS t
CROSS JOIN LATERAL (SELECT v.created_at, v.user_id, v.outcome, v.composite_reward FROM our_session_rows AS v
                    WHERE v.org_id = $1 AND v.created_at >= t.from_at AND v.created_at < t.until_at OFFSET 0) AS f
LEFT JOIN org_session_users AS n ON n.org_id = $1 AND n.user_id = f.user_id;
