-- Sections 5.1 (phases 2 and 3) of the strategy, corrected as little as it takes: unique indexes, without which no concurrent
-- refresh runs (E1), the tenant in each view (E8), UTC days (E7), one row a lead (E9).
CREATE MATERIALIZED VIEW mv_rlhf_sessions_daily AS
SELECT org_id, (created_at AT TIME ZONE 'UTC')::date AS session_date, count(*) AS total_sessions, count(DISTINCT user_id) AS active_users,
       count(*) FILTER (WHERE outcome = 'converted') AS conversions, count(*) FILTER (WHERE outcome = 'positive_reply') AS positive_replies,
       avg(composite_reward) AS avg_reward, sum(composite_reward) AS reward_sum
FROM rlhf_feedback_sessions GROUP BY 1, 2 ORDER BY 2 DESC;
CREATE INDEX idx_mv_rlhf_sessions_date ON mv_rlhf_sessions_daily (session_date DESC);
CREATE UNIQUE INDEX ON mv_rlhf_sessions_daily (org_id, session_date);
CREATE MATERIALIZED VIEW mv_template_performance AS
SELECT user_id, template_version, persona_variant, channel, count(*) AS total_messages, count(*) FILTER (WHERE autopilot_status = 'sent') AS sent_count,
       round(100.0 * count(*) FILTER (WHERE autopilot_status = 'sent') / nullif(count(*), 0), 2) AS send_rate
FROM message_events WHERE template_version IS NOT NULL
GROUP BY user_id, template_version, persona_variant, channel ORDER BY send_rate DESC NULLS LAST;
CREATE INDEX idx_mv_template_perf ON mv_template_performance (send_rate DESC);
CREATE UNIQUE INDEX ON mv_template_performance (user_id, template_version, persona_variant, channel) NULLS NOT DISTINCT;
CREATE MATERIALIZED VIEW mv_hot_leads AS
SELECT l.id, l.user_id, l.name, l.email, l.phone, l.p_score, l.status, l.last_scored_at, lv.v_score, li.i_score, li.last_activity_at
FROM leads AS l
LEFT JOIN LATERAL (SELECT v.v_score FROM lead_verifications AS v WHERE v.lead_id = l.id ORDER BY v.created_at DESC LIMIT 1) AS lv ON true
LEFT JOIN LATERAL (SELECT i.i_score, i.last_activity_at FROM lead_intents AS i WHERE i.lead_id = l.id ORDER BY i.created_at DESC LIMIT 1) AS li ON true
WHERE l.p_score >= 75 AND (lv.v_score IS NULL OR lv.v_score >= 60) ORDER BY l.p_score DESC;
CREATE INDEX idx_mv_hot_leads_p_score ON mv_hot_leads (p_score DESC);
CREATE UNIQUE INDEX ON mv_hot_leads (id);
CREATE FUNCTION calculate_lead_event_stats(p_user_id uuid, p_cutoff_14d timestamptz, p_cutoff_7d timestamptz, p_contact_id uuid DEFAULT NULL)
RETURNS TABLE (inbound_7d int, inbound_14d int, outbound_14d int, last_event_at timestamptz, total_events int) AS $$
BEGIN
  RETURN QUERY
  SELECT count(*) FILTER (WHERE direction = 'inbound' AND created_at >= p_cutoff_7d)::int,
         count(*) FILTER (WHERE direction = 'inbound' AND created_at >= p_cutoff_14d)::int,
         count(*) FILTER (WHERE direction = 'outbound' AND created_at >= p_cutoff_14d)::int, max(created_at), count(*)::int
  FROM message_events
  WHERE user_id = p_user_id AND created_at >= p_cutoff_14d AND (p_contact_id IS NULL OR contact_id = p_contact_id);
END $$ LANGUAGE plpgsql STABLE;
