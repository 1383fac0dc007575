-- why: a user's events of one status, newest first, and the pending queue backwards: n + 8 buffers; channel and
--      direction are keys, so that they filter inside the index.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_events; reads and writes go on
-- owner: events
-- undo: 0101_phase1_message_events_user_status_created.down.sql
CREATE INDEX CONCURRENTLY idx_message_events_user_status_created ON public.message_events
  (user_id, autopilot_status, created_at DESC, id DESC, channel, direction);
