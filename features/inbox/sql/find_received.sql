-- Finds the message that a conversation's platform delivered under this id before, in whichever conversation; of found doubles the first.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 platform_message_id text
-- rows:     id uuid | conversation_id uuid | user_id uuid | direction text | content text | content_type text? |
--           platform_message_id text? | delivery_status text? | read_at timestamptz? | is_ai_generated bool | ai_template_used text? |
--           ai_persona_variant text? | sequence_phase int4? | sequence_message_type text? | sentiment text? | contains_question bool |
--           contains_objection bool | contains_interest_signal bool | detected_keywords jsonb? | sent_at timestamptz |
--           created_at timestamptz | row_version int8
-- index:    idx_dm_messages_user_platform_id, dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- reads:    dm_messages, dm_conversations
-- writes:   none
-- timeout:  1 s
-- budget:   20
-- note:     a write, because it stands between lock_received and add_message.
SELECT m.id, m.conversation_id, m.user_id, m.direction::text AS direction, m.content, m.content_type::text AS content_type,
       m.platform_message_id::text AS platform_message_id, m.delivery_status::text AS delivery_status, m.read_at,
       coalesce(m.is_ai_generated, false) AS is_ai_generated, m.ai_template_used::text AS ai_template_used,
       m.ai_persona_variant::text AS ai_persona_variant, m.sequence_phase, m.sequence_message_type::text AS sequence_message_type,
       m.sentiment::text AS sentiment, coalesce(m.contains_question, false) AS contains_question,
       coalesce(m.contains_objection, false) AS contains_objection,
       coalesce(m.contains_interest_signal, false) AS contains_interest_signal, m.detected_keywords,
       coalesce(m.sent_at, '-infinity') AS sent_at, coalesce(m.created_at, '-infinity') AS created_at, m.row_version
FROM dm_conversations AS k
JOIN dm_messages AS m ON m.user_id = k.user_id AND m.platform_message_id = $3 AND m.direction = 'inbound'
JOIN dm_conversations AS s ON s.user_id = m.user_id AND s.id = m.conversation_id AND s.platform = k.platform
WHERE k.user_id = $1 AND k.id = $2
ORDER BY m.created_at, m.id
LIMIT 1;
