-- Lists a user's conversations with their newest message, unread count and lead; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_priority int4 | $3 cursor_last_message_key timestamptz | $4 cursor_id uuid | $5 limit_rows int8 | $6 status text | $7 platform text
-- choices:  sort=priority: AND (k.priority_score, k.last_message_key, k.id) < ($2, $3, $4) /*status*/ /*platform*/ /*attention*/ ORDER BY k.priority_score DESC, k.last_message_key DESC, k.id DESC
-- choices:  sort=newest: AND (k.last_message_key, k.id) < ($3, $4) /*status*/ /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC
-- variants: status: AND k.status = $6
-- variants: platform: AND k.platform = $7
-- variants: attention: AND k.attention_at <= now()
-- rows:     id uuid | user_id uuid | contact_id uuid? | platform text | platform_contact_handle text? | status text |
--           current_sequence_phase int4? | next_sequence_action_at timestamptz? | messages_sent int4? | messages_received int4? |
--           last_message_at timestamptz? | overall_sentiment text? | priority_score int4 | deep_link_url text? |
--           created_at timestamptz | last_message_preview text? | last_message_direction text? | unread_count int8 |
--           days_since_last_contact int4? | contact_name text? | contact_email text? | contact_p_score numeric?
-- index:    idx_dm_conversations_user_priority, idx_dm_conversations_user_last, idx_dm_conversations_user_status_platform
-- mode:     read
-- reads:    dm_conversations, dm_messages, leads
-- hotspot:  Q5
-- timeout:  2 s
-- budget:   20 + 12 * rows
-- sorts:    a conversation's messages since the last answer, a few rows; the page itself comes in order
-- note:     conversations without a message come last. Unread: inbound after the last outbound message, counted up to 100;
--           the newest message is the first of the same walk.
SELECT c.id, c.user_id, c.contact_id, c.platform::text AS platform, c.platform_contact_handle::text AS platform_contact_handle,
       c.status::text AS status, c.current_sequence_phase, c.next_sequence_action_at, c.messages_sent, c.messages_received,
       c.last_message_at, c.overall_sentiment::text AS overall_sentiment, c.priority_score, c.deep_link_url, c.created_at,
       m.preview AS last_message_preview, m.direction AS last_message_direction, m.unread AS unread_count,
       (extract(epoch FROM now() - c.last_message_at) / 86400)::int AS days_since_last_contact,
       l.name AS contact_name, l.email AS contact_email, l.p_score AS contact_p_score
FROM (SELECT k.* FROM dm_conversations AS k WHERE k.user_id = $1 /*sort*/ LIMIT $5) AS c
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE n.direction = 'inbound' AND n.sent_at > coalesce(c.last_outbound_at, '-infinity')) AS unread,
         (array_agg(left(n.content, 500)))[1] AS preview, (array_agg(n.direction::text))[1] AS direction
  FROM (SELECT w.direction, w.content, w.sent_at FROM dm_messages AS w
        WHERE w.conversation_id = c.id AND w.user_id = $1 AND w.sent_at >= coalesce(c.last_outbound_at, '-infinity')
        ORDER BY w.sent_at DESC, w.id DESC LIMIT 100) AS n
) AS m
LEFT JOIN LATERAL (SELECT name, email, p_score FROM leads WHERE id = c.contact_id AND user_id = $1 LIMIT 1) AS l ON true;
