-- why: what happened in an organisation lately, whoever and whatever it was about: n + 8 buffers.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on activities; reads and writes go on
-- owner: agenda
-- undo: 0128_phase1_activities.down.sql
CREATE UNIQUE INDEX CONCURRENTLY idx_activities_org_occurred ON public.activities
  (org_id, occurred_at DESC, id DESC);
