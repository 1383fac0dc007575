-- why: the inbox's badges (unread, needs attention) and the queue of due sequences over a whole inbox, each from an
--      index that holds only the rows it counts; conversations by their channel's own id; and a user's messages of the
--      last days for analytics.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_conversations and dm_messages; reads and writes go on
-- owner: inbox
-- undo: 0122_phase1_inbox_counts.down.sql
--
-- idx_dm_conversations_due is the worker's, who serves all users: it starts with the time.
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_unread ON public.dm_conversations
  (user_id, unread_key)
  WHERE unread_key > 0;
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_attention ON public.dm_conversations
  (user_id, attention_at)
  WHERE attention_at IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_due ON public.dm_conversations
  (user_id, sequence_due_at, id)
  WHERE sequence_due_at IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_dm_conversations_due ON public.dm_conversations
  (sequence_due_at, id)
  WHERE sequence_due_at IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_platform_id ON public.dm_conversations
  (user_id, platform, platform_conversation_id)
  WHERE platform_conversation_id IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_dm_messages_user_sent ON public.dm_messages
  (user_id, sent_at, conversation_id, direction, delivery_status);
