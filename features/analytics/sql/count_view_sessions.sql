-- Sessions by day, week or month of a zone, over the range and in as many days before, from the materialized view.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 compare bool | $7 period text
-- choices:  scope=organization: our_rlhf_sessions AS r ON r.org_id = $1
-- choices:  scope=user: my_rlhf_sessions AS r ON r.user_id = $1
-- rows:     at timestamptz | from date | to date | part text | period date? | sessions int8 | conversions int8 | positive_replies int8 | rewarded int8 | reward int8 | active_users int8
-- index:    mv_rlhf_sessions_daily_org_idx, mv_rlhf_sessions_daily_user_idx
-- mode:     read
-- place:    user
-- reads:    my_rlhf_sessions, our_rlhf_sessions
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  10 s
-- budget:   6000
-- sorts:    the sessions of the range, which is what this statement is for
-- note:     ANALYTICS_MODE=mv: as of the view's last refresh, which `at` tells; -infinity: never, as far as is known. reward in 1/10,000
WITH asked AS MATERIALIZED (
  SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t
), span AS MATERIALIZED (
  SELECT a.first_day, a.last_day, CASE WHEN $6 THEN a.first_day - (a.last_day - a.first_day + 1) ELSE a.first_day END AS since_day FROM asked AS a
), edge AS MATERIALIZED (
  SELECT s.*, timezone('UTC', (s.since_day - 2)::timestamp) AS from_at, timezone('UTC', (s.last_day + 3)::timestamp) AS until_at FROM span AS s
), counted AS (
  SELECT (r.bucket_start AT TIME ZONE $2)::date >= e.first_day AS inside, date_trunc($7, r.bucket_start AT TIME ZONE $2)::date AS period,
         r.user_id, r.total_sessions, r.conversions, r.positive_replies, r.rewarded_sessions,
         round(r.reward_sum * 10000) AS reward
  FROM edge AS e JOIN /*scope*/ AND r.bucket_start >= e.from_at AND r.bucket_start < e.until_at
  WHERE (r.bucket_start AT TIME ZONE $2)::date BETWEEN e.since_day AND e.last_day
), parts AS (
  SELECT CASE WHEN NOT c.inside THEN 'before' WHEN grouping(c.period) = 0 THEN 'period' ELSE 'total' END AS part, c.period, sum(c.total_sessions)::int8 AS sessions,
         sum(c.conversions)::int8 AS conversions, sum(c.positive_replies)::int8 AS positive_replies, sum(c.rewarded_sessions)::int8 AS rewarded, coalesce(sum(c.reward), 0)::int8 AS reward, count(DISTINCT c.user_id) AS active_users
  FROM counted AS c GROUP BY GROUPING SETS ((c.inside, c.period), (c.inside))
  HAVING c.inside OR grouping(c.period) = 1
)
SELECT view_refreshed_at('mv_rlhf_sessions_daily') AS at, a.first_day AS from, a.last_day AS to, coalesce(p.part, 'total') AS part, p.period, coalesce(p.sessions, 0) AS sessions,
       coalesce(p.conversions, 0) AS conversions, coalesce(p.positive_replies, 0) AS positive_replies, coalesce(p.rewarded, 0) AS rewarded,
       coalesce(p.reward, 0) AS reward, coalesce(p.active_users, 0) AS active_users
FROM asked AS a LEFT JOIN parts AS p ON true;
