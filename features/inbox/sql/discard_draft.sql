-- Deletes a draft; its sequence goes on with the next step.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 message_id uuid
-- rows:     id uuid
-- index:    dm_messages_pkey, dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   dm_messages, dm_conversations
-- timeout:  2 s
-- budget:   240
-- note:     no row: there is no such draft (any more).
WITH draft AS (
  DELETE FROM public.dm_messages AS m
  WHERE m.user_id = $1 AND m.id = $3 AND m.conversation_id = $2 AND m.direction = 'outbound' AND m.delivery_status = 'pending'
  RETURNING m.id, m.conversation_id
), goes_on AS (
  UPDATE public.dm_conversations AS c SET status = 'in_sequence'
  FROM draft AS d
  WHERE c.user_id = $1 AND c.id = d.conversation_id AND c.status = 'needs_human_attention' AND c.next_sequence_action_at IS NOT NULL
)
SELECT d.id FROM draft AS d;
