-- why: a conversation's messages, newest first, and its newest one: no sort for each row of the inbox.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_messages; reads and writes go on
-- owner: inbox
-- undo: 0109_phase1_dm_messages.down.sql
CREATE UNIQUE INDEX CONCURRENTLY idx_dm_messages_conversation_sent ON public.dm_messages
  (conversation_id, sent_at DESC, id DESC, user_id);
