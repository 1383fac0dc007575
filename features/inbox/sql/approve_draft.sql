-- Makes a message of a draft, with a new text where one is given; its sequence goes on.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 message_id uuid | $4 content text
-- rows:     id uuid | conversation_id uuid | user_id uuid | direction text | content text | content_type text? |
--           platform_message_id text? | delivery_status text? | read_at timestamptz? | is_ai_generated bool | ai_template_used text? |
--           ai_persona_variant text? | sequence_phase int4? | sequence_message_type text? | sentiment text? | contains_question bool |
--           contains_objection bool | contains_interest_signal bool | detected_keywords jsonb? | sent_at timestamptz |
--           created_at timestamptz | row_version int8
-- index:    dm_messages_pkey, dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   dm_messages, dm_conversations
-- timeout:  2 s
-- budget:   320
-- note:     no row: there is no such draft (any more). It is sent now: the triggers count it.
WITH draft AS (
  UPDATE public.dm_messages AS m SET delivery_status = 'sent', sent_at = now(), content = coalesce($4, m.content)
  WHERE m.user_id = $1 AND m.id = $3 AND m.conversation_id = $2 AND m.direction = 'outbound' AND m.delivery_status = 'pending'
  RETURNING m.*
), goes_on AS (
  UPDATE public.dm_conversations AS c
  SET status = CASE WHEN c.next_sequence_action_at IS NULL THEN 'dm_initiated_no_response' ELSE 'in_sequence' END
  FROM draft AS d
  WHERE c.user_id = $1 AND c.id = d.conversation_id AND c.status = 'needs_human_attention'
)
SELECT d.id, d.conversation_id, d.user_id, d.direction::text AS direction, d.content, d.content_type::text AS content_type,
       d.platform_message_id::text AS platform_message_id, d.delivery_status::text AS delivery_status, d.read_at,
       coalesce(d.is_ai_generated, false) AS is_ai_generated, d.ai_template_used::text AS ai_template_used,
       d.ai_persona_variant::text AS ai_persona_variant, d.sequence_phase, d.sequence_message_type::text AS sequence_message_type,
       d.sentiment::text AS sentiment, coalesce(d.contains_question, false) AS contains_question,
       coalesce(d.contains_objection, false) AS contains_objection,
       coalesce(d.contains_interest_signal, false) AS contains_interest_signal, d.detected_keywords,
       coalesce(d.sent_at, '-infinity') AS sent_at, coalesce(d.created_at, '-infinity') AS created_at, d.row_version
FROM draft AS d;
