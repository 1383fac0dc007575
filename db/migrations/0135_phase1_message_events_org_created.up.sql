-- why: template figures of an organisation read its messages of single days and of a period's edges (0083), also those of
--      people who left it: n + 5 buffers.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_events; reads and writes go on
-- owner: analytics
-- undo: 0135_phase1_message_events_org_created.down.sql
CREATE INDEX CONCURRENTLY idx_message_events_org_created ON public.message_events (org_id, created_at);
