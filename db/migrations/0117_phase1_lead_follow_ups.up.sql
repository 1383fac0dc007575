-- why: next_follow_up may have been found as text or instant, which no date compares with; its key does, and as it has no
--      NULLs, the list by follow-up needs no second half. What was said to a lead, newest first; what waits, by its time.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads, lead_interactions and followup_suggestions; reads and writes go on
-- owner: leads
-- undo: 0117_phase1_lead_follow_ups.down.sql
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_next_followup;
CREATE INDEX CONCURRENTLY idx_leads_next_followup ON public.leads
  (user_id, next_follow_up_key, id);
CREATE UNIQUE INDEX CONCURRENTLY idx_lead_interactions_user_lead ON public.lead_interactions
  (user_id, lead_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX CONCURRENTLY idx_followup_suggestions_user_lead ON public.followup_suggestions
  (user_id, lead_id, created_at DESC, id DESC, status);
CREATE INDEX CONCURRENTLY idx_followup_suggestions_user_due ON public.followup_suggestions
  (user_id, status, due_at, id);
