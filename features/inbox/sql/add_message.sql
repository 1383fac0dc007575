-- Stores a message of a conversation, in or out, and what it makes of the conversation: status, sentiment, intent, priority.
-- params:   $1 id uuid | $2 user_id uuid | $3 conversation_id uuid | $4 direction text | $5 content text | $6 platform_message_id text | $7 is_ai_generated bool | $8 sentiment text | $9 contains_question bool | $10 contains_objection bool | $11 contains_interest_signal bool | $12 detected_keywords jsonb | $13 suggested_status text | $14 detected_intent text
-- variants: once: AND NOT EXISTS (SELECT FROM dm_messages AS m JOIN dm_conversations AS s ON s.user_id = m.user_id AND s.id = m.conversation_id WHERE m.user_id = $2 AND m.platform_message_id = $6 AND m.direction = 'inbound' AND s.platform = k.platform)
-- rows:     id uuid | conversation_id uuid | user_id uuid | direction text | content text | content_type text? |
--           platform_message_id text? | delivery_status text? | read_at timestamptz? | is_ai_generated bool | ai_template_used text? |
--           ai_persona_variant text? | sequence_phase int4? | sequence_message_type text? | sentiment text? | contains_question bool |
--           contains_objection bool | contains_interest_signal bool | detected_keywords jsonb? | sent_at timestamptz |
--           created_at timestamptz | row_version int8
-- index:    dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   dm_messages, dm_conversations
-- timeout:  2 s
-- budget:   320
-- note:     no row: no such conversation, or a message that came before (find_received). Counters, times and preview are the triggers' (0053). An inbound message ends a sequence;
--           one that asks for a delay pauses for 14 days. The priority of contract 2.6 is computed anew with each message.
WITH conversation AS (
  UPDATE public.dm_conversations AS c
  SET status = CASE WHEN $4 = 'outbound' THEN CASE WHEN coalesce(c.status, 'new') = 'new' THEN 'dm_initiated_no_response' ELSE c.status END
                    ELSE coalesce($13, CASE WHEN c.status IN ('dm_initiated_no_response', 'read_no_reply', 'in_sequence') THEN 'replied' ELSE c.status END) END,
      overall_sentiment = CASE WHEN $4 = 'inbound' THEN $8 ELSE c.overall_sentiment END,
      detected_intent = CASE WHEN $4 = 'inbound' THEN coalesce($14, c.detected_intent) ELSE c.detected_intent END,
      next_sequence_action_at = CASE WHEN $4 = 'outbound' THEN c.next_sequence_action_at END,
      sequence_paused = CASE WHEN $4 = 'outbound' THEN c.sequence_paused ELSE $13 IS NOT DISTINCT FROM 'delay_requested' END,
      pause_until = CASE WHEN $4 = 'outbound' THEN c.pause_until WHEN $13 = 'delay_requested' THEN now() + interval '14 days' END,
      priority_score = p.score
  FROM (SELECT k.id, least(100, greatest(0, 50 + 15
               + least(20, 10 * (coalesce(k.messages_received, 0) + ($4 = 'inbound')::int) / greatest(coalesce(k.messages_sent, 0) + ($4 = 'outbound')::int, 1))
               + CASE CASE WHEN $4 = 'inbound' THEN $8 ELSE k.overall_sentiment END
                   WHEN 'interested' THEN 20 WHEN 'positive' THEN 10 WHEN 'hesitant' THEN -5 WHEN 'negative' THEN -15 ELSE 0 END
               + CASE WHEN CASE WHEN $4 = 'inbound' THEN $11 ELSE k.detected_intent = 'interest' END THEN 15 ELSE 0 END
               + coalesce(trunc(0.2 * l.p_score), 0)))::int AS score
        FROM dm_conversations AS k
        LEFT JOIN leads AS l ON l.id = k.contact_id AND l.user_id = k.user_id
        WHERE k.user_id = $2 AND k.id = $3 /*once*/) AS p
  WHERE c.user_id = $2 AND c.id = p.id
  RETURNING c.id
)
INSERT INTO public.dm_messages (id, user_id, conversation_id, direction, content, platform_message_id, is_ai_generated, sentiment,
                         contains_question, contains_objection, contains_interest_signal, detected_keywords)
SELECT $1, $2, c.id, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM conversation AS c
RETURNING id, conversation_id, user_id, direction::text AS direction, content, content_type::text AS content_type,
       platform_message_id::text AS platform_message_id, delivery_status::text AS delivery_status, read_at,
       coalesce(is_ai_generated, false) AS is_ai_generated, ai_template_used::text AS ai_template_used,
       ai_persona_variant::text AS ai_persona_variant, sequence_phase, sequence_message_type::text AS sequence_message_type,
       sentiment::text AS sentiment, coalesce(contains_question, false) AS contains_question,
       coalesce(contains_objection, false) AS contains_objection,
       coalesce(contains_interest_signal, false) AS contains_interest_signal, detected_keywords,
       coalesce(sent_at, '-infinity') AS sent_at, coalesce(created_at, '-infinity') AS created_at, row_version;
