-- Lists a conversation's messages, newest first; one page.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 cursor_sent_at timestamptz | $4 cursor_id uuid | $5 limit_rows int8 | $6 offset_rows int8
-- rows:     id uuid | conversation_id uuid | user_id uuid | direction text | content text | content_type text? |
--           platform_message_id text? | delivery_status text? | read_at timestamptz? | is_ai_generated bool | ai_template_used text? |
--           ai_persona_variant text? | sequence_phase int4? | sequence_message_type text? | sentiment text? | contains_question bool |
--           contains_objection bool | contains_interest_signal bool | detected_keywords jsonb? | sent_at timestamptz |
--           created_at timestamptz | row_version int8
-- index:    dm_conversations_user_id_id_key, idx_dm_messages_conversation_sent
-- mode:     read
-- place:    user
-- reads:    dm_conversations, dm_messages
-- timeout:  2 s
-- budget:   16 + 2 * rows
-- note:     no row: no such conversation; one row with the nil id: it has no message here. Drafts stand among them, pending.
SELECT coalesce(m.id, '00000000-0000-0000-0000-000000000000'::uuid) AS id, c.id AS conversation_id, c.user_id,
       coalesce(m.direction, '')::text AS direction, coalesce(m.content, '')::text AS content, m.content_type::text AS content_type,
       m.platform_message_id::text AS platform_message_id, m.delivery_status::text AS delivery_status, m.read_at,
       coalesce(m.is_ai_generated, false) AS is_ai_generated, m.ai_template_used::text AS ai_template_used,
       m.ai_persona_variant::text AS ai_persona_variant, m.sequence_phase, m.sequence_message_type::text AS sequence_message_type,
       m.sentiment::text AS sentiment, coalesce(m.contains_question, false) AS contains_question,
       coalesce(m.contains_objection, false) AS contains_objection,
       coalesce(m.contains_interest_signal, false) AS contains_interest_signal, m.detected_keywords,
       coalesce(m.sent_at, '-infinity') AS sent_at, coalesce(m.created_at, '-infinity') AS created_at,
       coalesce(m.row_version, 0) AS row_version
FROM dm_conversations AS c
LEFT JOIN LATERAL (SELECT n.* FROM dm_messages AS n
                   WHERE n.conversation_id = c.id AND n.user_id = $1 AND (n.sent_at, n.id) < ($3, $4)
                   ORDER BY n.sent_at DESC, n.id DESC LIMIT $5 OFFSET $6) AS m ON true
WHERE c.user_id = $1 AND c.id = $2;
