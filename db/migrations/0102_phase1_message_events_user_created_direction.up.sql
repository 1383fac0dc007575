-- why: a user's events, newest first, filtered by direction or channel inside the index: n + 25 buffers.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_events; reads and writes go on
-- owner: events
-- undo: 0102_phase1_message_events_user_created_direction.down.sql
CREATE UNIQUE INDEX CONCURRENTLY idx_message_events_user_created_direction ON public.message_events
  (user_id, created_at DESC, id DESC, direction, channel);
