-- Everybody's sessions by day, week or month of a zone, over the range and in as many days before, for superadmins.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 compare bool | $7 period text
-- rows:     at timestamptz | from date | to date | part text | period date? | sessions int8 | conversions int8 | positive_replies int8 | rewarded int8 | reward int8 | active_users int8
-- index:    none: inside a function
-- mode:     read
-- place:    mixed
-- reads:    rlhf_feedback_sessions, users
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  10 s
-- budget:   0
-- plan:     none, because it calls a function that reads the whole table
-- note:     no index goes by time alone: superadmins wait for the whole table. $1 is the superadmin, whom the database knows. reward in 1/10,000
WITH asked AS MATERIALIZED (
  SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t
), span AS MATERIALIZED (
  SELECT a.first_day, a.last_day, CASE WHEN $6 THEN a.first_day - (a.last_day - a.first_day + 1) ELSE a.first_day END AS since_day FROM asked AS a
), edge AS MATERIALIZED (
  SELECT s.*, timezone('UTC', (s.since_day - 2)::timestamp) AS from_at, timezone('UTC', (s.last_day + 3)::timestamp) AS until_at FROM span AS s
), counted AS (
  SELECT (r.created_at AT TIME ZONE $2)::date >= e.first_day AS inside, date_trunc($7, r.created_at AT TIME ZONE $2)::date AS period,
         r.user_id, r.outcome::text AS outcome,
         CASE WHEN r.composite_reward::numeric > '-Infinity' AND r.composite_reward::numeric < 'Infinity'
              THEN round(least(greatest(r.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END AS reward
  FROM edge AS e JOIN list_all_session_rows(e.from_at, e.until_at) AS r ON $1 IS NOT NULL AND r.created_at >= e.from_at AND r.created_at < e.until_at
  WHERE (r.created_at AT TIME ZONE $2)::date BETWEEN e.since_day AND e.last_day
), parts AS (
  SELECT CASE WHEN NOT c.inside THEN 'before' WHEN grouping(c.period) = 0 THEN 'period' ELSE 'total' END AS part, c.period, count(*) AS sessions,
         count(*) FILTER (WHERE c.outcome = 'converted') AS conversions, count(*) FILTER (WHERE c.outcome = 'positive_reply') AS positive_replies,
         count(c.reward) AS rewarded, coalesce(sum(c.reward), 0)::int8 AS reward, count(DISTINCT c.user_id) AS active_users
  FROM counted AS c GROUP BY GROUPING SETS ((c.inside, c.period), (c.inside))
  HAVING c.inside OR grouping(c.period) = 1
)
SELECT now() AS at, a.first_day AS from, a.last_day AS to, coalesce(p.part, 'total') AS part, p.period, coalesce(p.sessions, 0) AS sessions,
       coalesce(p.conversions, 0) AS conversions, coalesce(p.positive_replies, 0) AS positive_replies, coalesce(p.rewarded, 0) AS rewarded,
       coalesce(p.reward, 0) AS reward, coalesce(p.active_users, 0) AS active_users
FROM asked AS a LEFT JOIN parts AS p ON true;
