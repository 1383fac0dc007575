-- why: a team's dashboard counts its members' sessions, which each of them alone may read. What it needs of them, and no
--      text, is seen by the organisation; everybody's by superadmins. Readers of materialized views tell their age, and
--      days of a zone have one definition.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: analytics
-- undo: 0313_phase3_session_rows.down.sql
CALL salesflow.ensure_tenant_view('public.our_session_rows', $$
  SELECT org_id, user_id, created_at, outcome, composite_reward
  FROM public.rlhf_feedback_sessions
  WHERE org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
$$);

-- list_local_days(zone, first, last) -> the days of a zone from the first to the one behind the last, each with the instant
-- at which it begins: the first one that has its date. Clocks that go back at one o'clock have midnight twice, and
-- AT TIME ZONE means the second; a midnight that clocks leave out is the instant of their change.
CREATE FUNCTION salesflow_app.list_local_days(p_zone text, p_first date, p_last date) RETURNS TABLE (day date, at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT d.day::date, d.at - CASE WHEN (d.at - interval '1 microsecond') AT TIME ZONE p_zone >= d.day
                                  THEN (d.at - interval '1 microsecond') AT TIME ZONE p_zone - d.day + interval '1 microsecond' ELSE interval '0' END
  FROM (SELECT g.day, g.day AT TIME ZONE p_zone AS at FROM generate_series(p_first::timestamp, (p_last + 1)::timestamp, interval '1 day') AS g (day)) AS d
$$;
CALL salesflow.publish_function('salesflow_app.list_local_days(text, date, date)', 'salesflow_owner', 'salesflow_app');

-- All sessions of a time range, for superadmins; nothing for others.
CREATE FUNCTION salesflow_app.list_all_session_rows(p_from timestamptz, p_until timestamptz)
RETURNS TABLE (user_id uuid, created_at timestamptz, outcome text, composite_reward numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.user_id, s.created_at, s.outcome::text, s.composite_reward::numeric FROM public.rlhf_feedback_sessions AS s
  WHERE (SELECT u.role::text = 'superadmin' FROM public.users AS u WHERE u.id = nullif(current_setting('app.user_id', true), '')::uuid)
    AND s.created_at >= p_from AND s.created_at < p_until
$$;
CALL salesflow.publish_function('salesflow_app.list_all_session_rows(timestamp with time zone, timestamp with time zone)', 'salesflow_owner', 'salesflow_app');

-- When one of SalesFlow's materialized views was last refreshed by the service; -infinity: never.
CREATE FUNCTION salesflow_app.view_refreshed_at(p_name text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.refreshed_at FROM salesflow.view_refreshes AS r WHERE r.name = p_name
$$;
CALL salesflow.publish_function('salesflow_app.view_refreshed_at(text)', 'salesflow_owner', 'salesflow_app');
