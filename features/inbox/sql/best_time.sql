-- Tells on which weekday and hour (UTC) a conversation's contact has written most often.
-- params:   $1 user_id uuid | $2 conversation_id uuid
-- rows:     iso_weekday int4? | hour int4? | messages int8
-- index:    dm_conversations_user_id_id_key, idx_dm_messages_conversation_sent
-- mode:     read
-- place:    user
-- reads:    dm_conversations, dm_messages
-- timeout:  2 s
-- budget:   20 + 900 * rows
-- sorts:    at most 168 groups of the newest 1,000 messages
-- note:     no row: no such conversation. Of equal groups the one of the newest message.
SELECT g.iso_weekday, g.hour, coalesce(g.messages, 0) AS messages
FROM dm_conversations AS c
LEFT JOIN LATERAL (
  SELECT extract(isodow FROM n.sent_at AT TIME ZONE 'UTC')::int AS iso_weekday, extract(hour FROM n.sent_at AT TIME ZONE 'UTC')::int AS hour, count(*) AS messages
  FROM (SELECT m.sent_at FROM dm_messages AS m
        WHERE m.conversation_id = c.id AND m.user_id = $1 AND m.direction = 'inbound'
        ORDER BY m.sent_at DESC, m.id DESC LIMIT 1000) AS n
  GROUP BY 1, 2 ORDER BY count(*) DESC, max(n.sent_at) DESC LIMIT 1) AS g ON true
WHERE c.user_id = $1 AND c.id = $2;
