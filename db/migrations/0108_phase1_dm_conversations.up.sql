-- why: the inbox by priority, by time and by one status, filtered by status, platform and attention inside the index: 218
--      to 250 buffers a page of 50 with its joins.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_conversations; reads and writes go on
-- owner: inbox
-- undo: 0108_phase1_dm_conversations.down.sql
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_priority ON public.dm_conversations
  (user_id, priority_score DESC, last_message_key DESC, id DESC, status, platform, attention_at);
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_last ON public.dm_conversations
  (user_id, last_message_key DESC, id DESC, status, platform, attention_at);
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_status_platform ON public.dm_conversations
  (user_id, status, priority_score DESC, last_message_key DESC, id DESC, platform);
