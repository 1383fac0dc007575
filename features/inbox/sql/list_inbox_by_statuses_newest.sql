-- Lists a user's conversations of up to ten statuses, newest first, with newest message, unread count and lead; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_last_message_key timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 status_1 text | $6 status_2 text | $7 status_3 text | $8 status_4 text | $9 status_5 text | $10 status_6 text | $11 status_7 text | $12 status_8 text | $13 status_9 text | $14 status_10 text | $15 platform text
-- variants: platform: AND k.platform = $15
-- rows:     id uuid | user_id uuid | contact_id uuid? | platform text | platform_contact_handle text? | status text |
--           current_sequence_phase int4? | next_sequence_action_at timestamptz? | messages_sent int4? | messages_received int4? |
--           last_message_at timestamptz? | overall_sentiment text? | priority_score int4 | deep_link_url text? |
--           created_at timestamptz | last_message_preview text? | last_message_direction text? | unread_count int8 |
--           days_since_last_contact int4? | contact_name text? | contact_email text? | contact_p_score numeric?
-- index:    idx_dm_conversations_user_last
-- mode:     read
-- reads:    dm_conversations, dm_messages, leads
-- timeout:  2 s
-- budget:   50 + 15 * rows
-- sorts:    a conversation's messages since the last answer, a few rows; the page itself comes in order
-- note:     a status that is NULL reads nothing.
SELECT c.id, c.user_id, c.contact_id, c.platform::text AS platform, c.platform_contact_handle::text AS platform_contact_handle,
       c.status::text AS status, c.current_sequence_phase, c.next_sequence_action_at, c.messages_sent, c.messages_received,
       c.last_message_at, c.overall_sentiment::text AS overall_sentiment, c.priority_score, c.deep_link_url, c.created_at,
       m.preview AS last_message_preview, m.direction AS last_message_direction, m.unread AS unread_count,
       (extract(epoch FROM now() - c.last_message_at) / 86400)::int AS days_since_last_contact,
       l.name AS contact_name, l.email AS contact_email, l.p_score AS contact_p_score
FROM (SELECT u.id FROM (
      (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $5 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $6 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $7 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $8 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $9 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $10 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $11 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $12 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $13 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
      UNION ALL (SELECT k.id, k.priority_score, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $14 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4)
    ) AS u ORDER BY last_message_key DESC, id DESC LIMIT $4) AS page
CROSS JOIN LATERAL (SELECT r.* FROM dm_conversations AS r WHERE r.id = page.id AND r.user_id = $1 LIMIT 1) AS c
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE n.direction = 'inbound' AND n.sent_at > coalesce(c.last_outbound_at, '-infinity')) AS unread,
         (array_agg(left(n.content, 500)))[1] AS preview, (array_agg(n.direction::text))[1] AS direction
  FROM (SELECT w.direction, w.content, w.sent_at FROM dm_messages AS w
        WHERE w.conversation_id = c.id AND w.user_id = $1 AND w.sent_at >= coalesce(c.last_outbound_at, '-infinity')
        ORDER BY w.sent_at DESC, w.id DESC LIMIT 100) AS n
) AS m
LEFT JOIN LATERAL (SELECT name, email, p_score FROM leads WHERE id = c.contact_id AND user_id = $1 LIMIT 1) AS l ON true;
