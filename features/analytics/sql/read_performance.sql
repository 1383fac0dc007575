-- What became of a user's sessions, by what they were about: those with an outcome, conversions, and ratings.
-- params:   $1 user_id uuid
-- rows:     strategy text | sessions int8 | conversions int8 | rated int8 | rating int8 | at timestamptz
-- index:    user_strategy_days_key, session_invalidations_user
-- mode:     read
-- place:    user
-- reads:    rlhf_feedback_sessions
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   1000
-- sorts:    the days and strategies of one user
-- note:     a buffer for each few days with sessions; days that are not summed up at this moment from their sessions
WITH stale AS MATERIALIZED (
  SELECT DISTINCT l.day, timezone('UTC', l.day::timestamp) AS from_at, timezone('UTC', (l.day + 1)::timestamp) AS until_at
  FROM session_invalidations AS l WHERE l.user_id = $1 AND l.day IS NOT NULL
), part AS (
  SELECT d.strategy, d.outcome, d.sessions, d.rated, d.rating FROM user_strategy_days AS d
  WHERE d.user_id = $1 AND d.day NOT IN (SELECT t.day FROM stale AS t)
  UNION ALL
  SELECT left(coalesce(nullif(f.input_context ->> 'objection_category', ''), 'general'), 200), f.outcome::text, 1,
         CASE WHEN f.user_rating IS NOT NULL THEN 1 ELSE 0 END, coalesce(f.user_rating, 0)::bigint
  FROM stale AS t JOIN rlhf_feedback_sessions AS f ON f.user_id = $1 AND f.created_at >= t.from_at AND f.created_at < t.until_at
  WHERE f.outcome IS NOT NULL
)
SELECT p.strategy, sum(p.sessions)::int8 AS sessions, coalesce(sum(p.sessions) FILTER (WHERE p.outcome = 'converted'), 0)::int8 AS conversions,
       sum(p.rated)::int8 AS rated, sum(p.rating)::int8 AS rating, now() AS at
FROM part AS p GROUP BY p.strategy;
