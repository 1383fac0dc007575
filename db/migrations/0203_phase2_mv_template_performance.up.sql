-- why: which templates and personas are sent and answered. Inbound messages carry no template, so a reply is counted
--      for the message that it answers: the contact's latest earlier outbound one.
-- phase: phase2
-- transaction: one
-- lock: none on found tables
-- owner: analytics
-- undo: 0203_phase2_mv_template_performance.down.sql
--
--   template_version, persona_variant   their first 200 characters (a unique index takes no long text)
--   total_messages, sent_count          with this template; of these autopilot_status = sent
--   outbound_count                      outbound to a contact, not skipped: what could be answered
--   replies_received                    of these, answered before the next outbound message to the same contact
--   send_rate, reply_rate               percent with 2 decimals; reply_rate is NULL without outbound messages
--   reply_rate_low, reply_rate_high     its 95 % confidence interval (Wilson)
CALL salesflow.ensure_materialized_view('public.mv_template_performance', $$
  WITH messages AS (
    SELECT e.org_id, e.user_id, left(e.template_version, 200) AS template_version, left(e.persona_variant, 200) AS persona_variant,
           e.channel, e.autopilot_status,
           e.direction = 'outbound' AND e.autopilot_status <> 'skipped' AND e.contact_id IS NOT NULL AS answerable,
           -- At the same instant the inbound message stands first: it answers only what came before it.
           lead(e.direction) OVER (PARTITION BY e.user_id, e.contact_id, e.direction = 'outbound' AND e.autopilot_status = 'skipped'
                                   ORDER BY e.created_at, e.direction, e.id) = 'inbound' AS answered
    FROM public.message_events AS e
  ), counts AS (
    SELECT m.org_id, m.user_id, m.template_version, m.persona_variant, m.channel, count(*) AS total_messages,
           count(*) FILTER (WHERE m.autopilot_status = 'sent') AS sent_count,
           count(*) FILTER (WHERE m.answerable) AS outbound_count,
           count(*) FILTER (WHERE m.answerable AND m.answered) AS replies_received
    FROM messages AS m WHERE m.template_version IS NOT NULL
    GROUP BY m.org_id, m.user_id, m.template_version, m.persona_variant, m.channel
  )
  SELECT c.org_id, c.user_id, c.template_version, c.persona_variant, c.channel, c.total_messages, c.sent_count, c.outbound_count,
         c.replies_received, round(100.0 * c.sent_count / c.total_messages, 2) AS send_rate,
         round(100.0 * c.replies_received / nullif(c.outbound_count, 0), 2) AS reply_rate,
         round(100 * (c.replies_received + 1.9208 - 1.96 * sqrt(c.replies_received * (c.outbound_count - c.replies_received)
           / nullif(c.outbound_count, 0)::numeric + 0.9604)) / (c.outbound_count + 3.8416), 2) AS reply_rate_low,
         round(100 * (c.replies_received + 1.9208 + 1.96 * sqrt(c.replies_received * (c.outbound_count - c.replies_received)
           / nullif(c.outbound_count, 0)::numeric + 0.9604)) / (c.outbound_count + 3.8416), 2) AS reply_rate_high
  FROM counts AS c
$$);
CREATE UNIQUE INDEX mv_template_performance_key ON public.mv_template_performance
  (org_id, user_id, template_version, persona_variant, channel) NULLS NOT DISTINCT;
CREATE INDEX mv_template_performance_user_idx ON public.mv_template_performance (user_id);
CALL salesflow.ensure_tenant_view('public.my_template_performance', $$
  SELECT user_id, template_version, persona_variant, channel, total_messages, sent_count, outbound_count, replies_received,
         send_rate, reply_rate, reply_rate_low, reply_rate_high
  FROM public.mv_template_performance
  WHERE user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
$$);
CALL salesflow.ensure_tenant_view('public.our_template_performance', $$
  SELECT org_id, user_id, template_version, persona_variant, channel, total_messages, sent_count, outbound_count, replies_received,
         send_rate, reply_rate, reply_rate_low, reply_rate_high
  FROM public.mv_template_performance
  WHERE org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
$$);
