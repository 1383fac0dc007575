-- A user's sessions of some UTC days: packed days, and the single sessions of days that are not summed up at this moment.
-- params:   $1 user_id uuid | $2 first_day date | $3 last_day date
-- rows:     day date? | quarters bytea? | people bytea? | at timestamptz? | number int4? | user_id uuid? | outcome text? | reward int8?
-- index:    user_session_days_key, session_invalidations_user, idx_rlhf_sessions_created_outcome
-- mode:     read
-- place:    user
-- reads:    rlhf_feedback_sessions
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   40 + 2 * rows
-- sorts:    none of a table
-- note:     as read_org_sessions, without people: there is one
WITH stale AS MATERIALIZED (
  SELECT DISTINCT l.day, timezone('UTC', l.day::timestamp) AS from_at, timezone('UTC', (l.day + 1)::timestamp) AS until_at
  FROM session_invalidations AS l WHERE l.user_id = $1 AND l.day >= $2 AND l.day <= $3
)
SELECT s.day, s.quarters, NULL::bytea AS people, NULL::timestamptz AS at, NULL::int4 AS number, NULL::uuid AS user_id, NULL::text AS outcome, NULL::int8 AS reward
FROM user_session_days AS s
WHERE s.user_id = $1 AND s.day >= $2 AND s.day <= $3 AND s.day NOT IN (SELECT t.day FROM stale AS t)
UNION ALL
SELECT NULL, NULL, NULL, f.created_at, NULL, f.user_id, f.outcome::text,
       CASE WHEN f.composite_reward::numeric > '-Infinity' AND f.composite_reward::numeric < 'Infinity'
            THEN round(least(greatest(f.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END
FROM stale AS t
JOIN rlhf_feedback_sessions AS f ON f.user_id = $1 AND f.created_at >= t.from_at AND f.created_at < t.until_at;
