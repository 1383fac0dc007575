-- why: a user's figures and a contact's conversation, each in one statement instead of one a figure or table.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: analytics
-- undo: 0303_phase3_summaries.down.sql
--
-- Both run with the caller's rights, see 0302.

-- get_user_analytics_summary(user, days, now) -> one row. Counts of the last `days` days but where it says now:
-- leads (now), hot_leads (now: p_score >= 75), new_leads, inbound and outbound messages, pending_events (now),
-- open_conversations (now: neither archived nor unsubscribed), deals owned in the organisation in use: open (now), won
-- and their values; feedback sessions and conversions. Another user's figures are 0, but for a colleague's deals.
CREATE FUNCTION salesflow_app.get_user_analytics_summary(p_user_id uuid, p_days integer DEFAULT 30, p_now timestamptz DEFAULT now())
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

-- get_conversation_context(lead or contact, limit 1..100) -> its newest messages, newest first. A lead and its contacts
-- are one: whichever id is given, the messages of all of them are found.
CREATE FUNCTION salesflow_app.get_conversation_context(p_contact_id uuid, p_limit integer DEFAULT 20)
RETURNS TABLE (event_id uuid, contact_id uuid, channel text, direction text, message text, autopilot_status text, created_at timestamptz)
LANGUAGE sql STABLE AS $$
  WITH lead AS (
    SELECT p_contact_id AS id UNION SELECT c.lead_id FROM public.contacts AS c WHERE c.id = p_contact_id AND c.lead_id IS NOT NULL
  ), who AS (
    SELECT l.id FROM lead AS l UNION SELECT c.id FROM lead AS l JOIN public.contacts AS c ON c.lead_id = l.id
  )
  SELECT n.id, n.contact_id, n.channel, n.direction, n.message, n.autopilot_status, n.created_at
  FROM who AS w
  CROSS JOIN LATERAL (
    SELECT e.id, e.contact_id, e.channel, e.direction, coalesce(e.text, e.normalized_text) AS message, e.autopilot_status, e.created_at
    FROM public.message_events AS e WHERE e.contact_id = w.id
    ORDER BY e.created_at DESC, e.id DESC LIMIT least(greatest(p_limit, 1), 100)
  ) AS n
  ORDER BY n.created_at DESC, n.id DESC LIMIT least(greatest(p_limit, 1), 100)
$$;
CALL salesflow.publish_function('salesflow_app.get_user_analytics_summary(uuid, integer, timestamp with time zone)', 'salesflow_owner', 'salesflow_app');
CALL salesflow.publish_function('salesflow_app.get_conversation_context(uuid, integer)', 'salesflow_owner', 'salesflow_app');
