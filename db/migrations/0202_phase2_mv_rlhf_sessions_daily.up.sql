-- why: the dashboard's numbers without its rows. Counts and sums of quarter hours in UTC, each user's and
--      organisation's own: a day of any time zone is a sum of them, and so is a team; distinct users are counted by
--      whoever sums.
-- phase: phase2
-- transaction: one
-- lock: none on found tables
-- owner: analytics
-- undo: 0202_phase2_mv_rlhf_sessions_daily.down.sql
--
--   bucket_start      timestamptz, a quarter hour         session_date  date, its day in UTC
--   total_sessions, conversions, positive_replies, rewarded_sessions (those with a reward): counts
--   reward_sum        numeric; the average reward is sum(reward_sum) / sum(rewarded_sessions)
CALL salesflow.ensure_materialized_view('public.mv_rlhf_sessions_daily', $$
  SELECT s.org_id, s.user_id, s.bucket_start, (s.bucket_start AT TIME ZONE 'UTC')::date AS session_date,
         count(*) AS total_sessions,
         count(*) FILTER (WHERE s.outcome = 'converted') AS conversions,
         count(*) FILTER (WHERE s.outcome = 'positive_reply') AS positive_replies,
         count(s.composite_reward) AS rewarded_sessions,
         coalesce(sum(s.composite_reward) FILTER (WHERE s.composite_reward > '-Infinity' AND s.composite_reward < 'Infinity'), 0) AS reward_sum
  FROM (SELECT f.org_id, f.user_id, f.outcome, f.composite_reward,
               date_bin('15 minutes', least(greatest(f.created_at, '0001-01-01 00:00:00+00'), '9999-12-31 00:00:00+00'), '2000-01-01 00:00:00+00') AS bucket_start
        FROM public.rlhf_feedback_sessions AS f WHERE f.created_at IS NOT NULL) AS s
  GROUP BY s.org_id, s.user_id, s.bucket_start
$$);
CREATE UNIQUE INDEX mv_rlhf_sessions_daily_key ON public.mv_rlhf_sessions_daily (org_id, user_id, bucket_start) NULLS NOT DISTINCT;
CREATE INDEX mv_rlhf_sessions_daily_org_idx ON public.mv_rlhf_sessions_daily (org_id, bucket_start);
CREATE INDEX mv_rlhf_sessions_daily_user_idx ON public.mv_rlhf_sessions_daily (user_id, bucket_start);
CALL salesflow.ensure_tenant_view('public.my_rlhf_sessions', $$
  SELECT user_id, bucket_start, session_date, total_sessions, conversions, positive_replies, rewarded_sessions, reward_sum
  FROM public.mv_rlhf_sessions_daily
  WHERE user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
$$);
CALL salesflow.ensure_tenant_view('public.our_rlhf_sessions', $$
  SELECT org_id, user_id, bucket_start, session_date, total_sessions, conversions, positive_replies, rewarded_sessions, reward_sum
  FROM public.mv_rlhf_sessions_daily
  WHERE org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
$$);
