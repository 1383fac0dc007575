-- Moves the user's due sequences and pauses on, longest due first; what another is at is left to it.
-- params:   $1 user_id uuid | $2 limit_rows int8
-- rows:     conversation_id uuid | action text | message_type text?
-- index:    idx_dm_conversations_user_due
-- mode:     write
-- place:    user
-- writes:   dm_conversations, dm_messages
-- timeout:  10 s
-- budget:   60 + 700 * rows
-- note:     the rule is advance_sequences (0308), the worker's as well.
WITH due AS MATERIALIZED (
  SELECT k.id FROM dm_conversations AS k
  WHERE k.user_id = $1 AND k.sequence_due_at <= now()
  ORDER BY k.sequence_due_at, k.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
)
SELECT a.conversation_id, a.action, a.message_type FROM advance_sequences(ARRAY(SELECT d.id FROM due AS d)) AS a;
