-- The function as 0303 made it, which counts rows; also where a table of it has been dropped meanwhile.
SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION salesflow_app.get_user_analytics_summary(p_user_id uuid, p_days integer DEFAULT 30, p_now timestamptz DEFAULT now())
RETURNS TABLE (leads bigint, hot_leads bigint, new_leads bigint, inbound_messages bigint, outbound_messages bigint, pending_events bigint,
               open_conversations bigint, open_deals bigint, open_deals_value numeric, won_deals bigint, won_deals_value numeric,
               feedback_sessions bigint, conversions bigint)
LANGUAGE sql STABLE AS $$
  SELECT (SELECT count(*) FROM public.leads AS l WHERE l.user_id = p_user_id),
         (SELECT count(*) FROM public.leads AS l WHERE l.user_id = p_user_id AND l.p_score_key >= 7500),
         (SELECT count(*) FROM public.leads AS l WHERE l.user_id = p_user_id AND l.created_at >= p_now - make_interval(days => p_days)),
         m.inbound, m.outbound,
         (SELECT count(*) FROM public.message_events AS e WHERE e.user_id = p_user_id AND e.autopilot_status = 'pending'),
         (SELECT count(*) FROM public.dm_conversations AS c WHERE c.user_id = p_user_id AND c.status NOT IN ('archived', 'unsubscribed')),
         o.n, o.value, w.n, w.value, f.sessions, f.conversions
  FROM (SELECT count(*) FILTER (WHERE e.direction = 'inbound') AS inbound, count(*) FILTER (WHERE e.direction = 'outbound') AS outbound
        FROM public.message_events AS e WHERE e.user_id = p_user_id AND e.created_at >= p_now - make_interval(days => p_days)) AS m,
       (SELECT count(*) AS n, coalesce(sum(d.value) FILTER (WHERE d.value > '-Infinity' AND d.value < 'Infinity'), 0) AS value
        FROM public.deals AS d WHERE d.owner_id = p_user_id AND d.closed_at IS NULL) AS o,
       (SELECT count(*) AS n, coalesce(sum(d.value) FILTER (WHERE d.value > '-Infinity' AND d.value < 'Infinity'), 0) AS value
        FROM public.deals AS d WHERE d.owner_id = p_user_id AND d.stage = 'won' AND d.closed_at >= p_now - make_interval(days => p_days)) AS w,
       (SELECT count(*) AS sessions, count(*) FILTER (WHERE s.outcome = 'converted') AS conversions
        FROM public.rlhf_feedback_sessions AS s WHERE s.user_id = p_user_id AND s.created_at >= p_now - make_interval(days => p_days)) AS f
$$;
