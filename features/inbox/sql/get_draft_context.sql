-- Reads what a draft is made from: the conversation, its lead's name, its newest inbound and outbound message.
-- params:   $1 user_id uuid | $2 conversation_id uuid
-- rows:     status text | platform text | contact_name text? | handle text? | current_sequence_phase int4 | last_inbound text? | last_outbound text? | last_direction text? | messages int8
-- index:    dm_conversations_user_id_id_key, idx_dm_messages_conversation_sent
-- mode:     read
-- place:    user
-- reads:    dm_conversations, dm_messages, leads
-- timeout:  1 s
-- budget:   40
-- sorts:    at most ten messages
-- note:     of the newest ten messages; drafts are none.
SELECT c.status::text AS status, c.platform::text AS platform, l.name AS contact_name, c.platform_contact_handle::text AS handle,
       coalesce(c.current_sequence_phase, 0) AS current_sequence_phase,
       (array_agg(m.content ORDER BY m.sent_at DESC) FILTER (WHERE m.direction = 'inbound'))[1] AS last_inbound,
       (array_agg(m.content ORDER BY m.sent_at DESC) FILTER (WHERE m.direction = 'outbound'))[1] AS last_outbound,
       (array_agg(m.direction::text ORDER BY m.sent_at DESC) FILTER (WHERE m.direction IS NOT NULL))[1] AS last_direction, count(m.direction) AS messages
FROM dm_conversations AS c
LEFT JOIN LATERAL (SELECT name FROM leads WHERE id = c.contact_id AND user_id = $1 LIMIT 1) AS l ON true
LEFT JOIN LATERAL (SELECT n.direction, n.content, n.sent_at FROM dm_messages AS n
                   WHERE n.conversation_id = c.id AND n.user_id = $1 AND (n.direction = 'inbound' OR n.delivery_status IS DISTINCT FROM 'pending')
                   ORDER BY n.sent_at DESC, n.id DESC LIMIT 10) AS m ON true
WHERE c.user_id = $1 AND c.id = $2
GROUP BY c.id, c.status, c.platform, c.platform_contact_handle, c.current_sequence_phase, l.name;
