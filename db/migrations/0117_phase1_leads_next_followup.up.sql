-- why: next_follow_up may have been found as text or instant, which no date compares with; its key does, and as it has no
--      NULLs, the list by follow-up needs no second half.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads; reads and writes go on
-- owner: leads
-- undo: 0117_phase1_leads_next_followup.down.sql
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_next_followup;
CREATE INDEX CONCURRENTLY idx_leads_next_followup ON public.leads
  (user_id, next_follow_up_key, id);
