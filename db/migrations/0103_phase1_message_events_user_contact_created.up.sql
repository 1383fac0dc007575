-- why: one contact's conversation and the counts behind its score: n + 12 buffers with every filter.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_events; reads and writes go on
-- owner: events
-- undo: 0103_phase1_message_events_user_contact_created.down.sql
CREATE INDEX CONCURRENTLY idx_message_events_user_contact_created ON public.message_events
  (user_id, contact_id, created_at DESC, id DESC, direction, channel, autopilot_status)
  WHERE contact_id IS NOT NULL;
