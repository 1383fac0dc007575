-- Reads the figures of a user's whole inbox, and of its messages since an instant day by day (UTC).
-- params:   $1 user_id uuid | $2 since timestamptz
-- rows:     total_conversations int8 | active_sequences int8 | needs_attention int8 | response_rate float8 | avg_response_time_hours float8 |
--           conversion_rate float8 | by_platform jsonb | by_status jsonb | daily_messages_sent jsonb | daily_messages_received jsonb | daily_conversions jsonb
-- index:    idx_dm_messages_user_sent
-- mode:     read
-- place:    user
-- reads:    dm_conversations, dm_messages, user_conversation_badges
-- clock:    valid_until
-- timeout:  5 s
-- budget:   6000
-- sorts:    the days' messages by conversation, for the time between a message and its answer
-- note:     conversations are kept by channel and status (user_conversation_badges); one pass over an index of the days' messages.
--           response_rate: per cent of the conversations with an outbound message that have an inbound one; conversion_rate: per
--           cent of all; avg_response_time_hours: from a contact's message to our next one, of the days' newest 10,000
--           messages.
WITH k AS MATERIALIZED (
  SELECT b.platform, b.status, sum(b.conversations)::int8 AS n, sum(b.contacted)::int8 AS contacted, sum(b.answered)::int8 AS answered
  FROM user_conversation_badges AS b WHERE b.user_id = $1 GROUP BY b.platform, b.status HAVING sum(b.conversations) > 0
), m AS MATERIALIZED (
  SELECT n.sent_at, n.direction = 'inbound' AS inbound, n.conversation_id
  FROM dm_messages AS n WHERE n.user_id = $1 AND n.sent_at >= $2 AND (n.direction = 'inbound' OR n.delivery_status IS DISTINCT FROM 'pending')
), answers AS (
  SELECT avg(extract(epoch FROM s.sent_at - s.before_at)) / 3600 AS hours
  FROM (SELECT m.sent_at, m.inbound, lag(m.sent_at) OVER w AS before_at, lag(m.inbound) OVER w AS before_inbound
        FROM (SELECT * FROM m ORDER BY m.sent_at DESC LIMIT 10000) AS m WINDOW w AS (PARTITION BY m.conversation_id ORDER BY m.sent_at, m.inbound DESC)) AS s
  WHERE NOT s.inbound AND s.before_inbound AND isfinite(s.sent_at) AND isfinite(s.before_at)
), days AS (
  SELECT (d AT TIME ZONE 'UTC')::date AS day FROM generate_series($2, now(), interval '1 day') AS d
), daily AS (
  SELECT (m.sent_at AT TIME ZONE 'UTC')::date AS day, count(*) FILTER (WHERE NOT m.inbound) AS sent, count(*) FILTER (WHERE m.inbound) AS received FROM m GROUP BY 1
), converted AS (
  SELECT (coalesce(c.converted_at, c.updated_at) AT TIME ZONE 'UTC')::date AS day, count(*) AS n
  FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status = 'converted' AND coalesce(c.converted_at, c.updated_at) >= $2 GROUP BY 1
)
SELECT (SELECT coalesce(sum(k.n), 0)::int8 FROM k) AS total_conversations,
       (SELECT coalesce(sum(k.n), 0)::int8 FROM k WHERE k.status = 'in_sequence') AS active_sequences,
       (SELECT coalesce(sum(k.n), 0)::int8 FROM k WHERE k.status = 'needs_human_attention') AS needs_attention,
       (SELECT coalesce(round(100 * sum(k.answered) / nullif(sum(k.contacted), 0), 2), 0)::float8 FROM k) AS response_rate,
       coalesce((SELECT round(a.hours, 2) FROM answers AS a), 0)::float8 AS avg_response_time_hours,
       (SELECT coalesce(round(100 * sum(k.n) FILTER (WHERE k.status = 'converted') / nullif(sum(k.n), 0), 2), 0)::float8 FROM k) AS conversion_rate,
       (SELECT coalesce(jsonb_object_agg(g.platform, jsonb_build_object('total', g.total, 'active', g.active)), '{}')
        FROM (SELECT k.platform, sum(k.n) AS total, coalesce(sum(k.n) FILTER (WHERE k.status NOT IN ('archived', 'unsubscribed')), 0) AS active FROM k GROUP BY 1) AS g) AS by_platform,
       (SELECT coalesce(jsonb_object_agg(g.status, g.n), '{}') FROM (SELECT k.status, sum(k.n) AS n FROM k GROUP BY 1) AS g) AS by_status,
       (SELECT jsonb_agg(jsonb_build_object('date', d.day, 'count', coalesce(x.sent, 0)) ORDER BY d.day) FROM days AS d LEFT JOIN daily AS x USING (day)) AS daily_messages_sent,
       (SELECT jsonb_agg(jsonb_build_object('date', d.day, 'count', coalesce(x.received, 0)) ORDER BY d.day) FROM days AS d LEFT JOIN daily AS x USING (day)) AS daily_messages_received,
       (SELECT jsonb_agg(jsonb_build_object('date', d.day, 'count', coalesce(x.n, 0)) ORDER BY d.day) FROM days AS d LEFT JOIN converted AS x USING (day)) AS daily_conversions;
