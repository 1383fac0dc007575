-- why: a message that is received again is found by the id that its platform gave it: 4 buffers. Not unique: found tables
--      hold doubles, and other writers may go on making some; who receives takes a lock of that id (docs/decisions/0070).
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_messages; reads and writes go on
-- owner: inbox
-- undo: 0136_phase1_dm_messages_platform_id.down.sql
CREATE INDEX CONCURRENTLY idx_dm_messages_user_platform_id ON public.dm_messages
  (user_id, platform_message_id, created_at, id)
  WHERE platform_message_id IS NOT NULL;
