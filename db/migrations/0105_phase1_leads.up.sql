-- why: a user's leads by score, next follow-up, status and age: n + 6 buffers. All sort columns are keys without NULLs or
--      a partial index, all in one direction, so that a cursor is one condition.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads; reads and writes go on
-- owner: leads
-- undo: 0105_phase1_leads.down.sql
CREATE INDEX CONCURRENTLY idx_leads_p_score_scored_at ON public.leads
  (user_id, p_score_key DESC NULLS LAST, id DESC)
  WHERE p_score_key IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_leads_next_followup ON public.leads
  (user_id, next_follow_up, id)
  WHERE next_follow_up IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_leads_status_created ON public.leads
  (user_id, status_key, created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_leads_user_created ON public.leads
  (user_id, created_at DESC, id DESC, score);
