-- why: the pending queue of one channel, oldest first: rows + 5 buffers. Small: only pending rows. direction is a key,
--      so that a list filtered by it, too, stays at 25 + rows (80 for 51 without it).
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_events; reads and writes go on
-- owner: events
-- undo: 0104_phase1_message_events_user_channel_status.down.sql
CREATE INDEX CONCURRENTLY idx_message_events_user_channel_status ON public.message_events
  (user_id, channel, created_at, id, direction)
  WHERE autopilot_status = 'pending';
