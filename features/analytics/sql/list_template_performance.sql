-- Which templates and personas are sent and answered, the best answered first.
-- params:   $1 limit_rows int8
-- choices:  scope=organization: our_template_performance
-- choices:  scope=user: my_template_performance
-- rows:     user_id uuid | template_version text | persona_variant text? | channel text | total_messages int8 | sent_count int8 |
--           outbound_count int8 | replies_received int8 | send_rate numeric | reply_rate numeric? | reply_rate_low numeric? | reply_rate_high numeric?
-- index:    mv_template_performance_key, mv_template_performance_user_idx
-- mode:     read
-- place:    user
-- reads:    message_events
-- hotspot:  Q4
-- timeout:  2 s
-- budget:   400
-- sorts:    the templates of one tenant, tens of rows
-- note:     as of the last refresh; the views name the tenant from the setting. A buffer for two or three templates.
SELECT p.user_id, p.template_version, p.persona_variant, p.channel, p.total_messages, p.sent_count, p.outbound_count,
       p.replies_received, p.send_rate, p.reply_rate, p.reply_rate_low, p.reply_rate_high
FROM /*scope*/ AS p
ORDER BY p.reply_rate_low DESC NULLS LAST, p.total_messages DESC, p.user_id, p.template_version, p.persona_variant, p.channel
LIMIT $1;
