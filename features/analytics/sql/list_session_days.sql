-- The dashboard's days: sessions, conversions, replies, reward and active users of each day in a time zone, newest first.
-- params:   $1 since timestamptz | $2 zone text
-- choices:  scope=organization: our_rlhf_sessions
-- choices:  scope=user: my_rlhf_sessions
-- rows:     session_date date | total_sessions int8 | conversions int8 | positive_replies int8 | reward_sum numeric | avg_reward numeric? | active_users int8
-- index:    mv_rlhf_sessions_daily_org_idx, mv_rlhf_sessions_daily_user_idx
-- mode:     read
-- place:    user
-- reads:    rlhf_feedback_sessions
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   2500
-- sorts:    the days of the answer, at most 366, not the rows of a table
-- note:     a buffer for each user and quarter hour with sessions, at worst (1,937 of 2,600; 176 where the view is in order). As of the last refresh; the views name the tenant from the setting. Grouped by day and user first: distinct users
--           are then a plain count (2.3 times faster than count(DISTINCT)).
SELECT u.session_date, sum(u.sessions)::int8 AS total_sessions, sum(u.conversions)::int8 AS conversions,
       sum(u.positive_replies)::int8 AS positive_replies, sum(u.reward_sum) AS reward_sum,
       sum(u.reward_sum) / nullif(sum(u.rewarded), 0) AS avg_reward, count(*) AS active_users
FROM (SELECT (s.bucket_start AT TIME ZONE $2)::date AS session_date, s.user_id, sum(s.total_sessions) AS sessions,
             sum(s.conversions) AS conversions, sum(s.positive_replies) AS positive_replies, sum(s.reward_sum) AS reward_sum,
             sum(s.rewarded_sessions) AS rewarded
      FROM /*scope*/ AS s WHERE s.bucket_start >= $1 GROUP BY 1, 2) AS u
GROUP BY u.session_date
ORDER BY u.session_date DESC;
