-- why: a batch begins with leads that were never scored: found by this index in their order of age, beside
--      idx_leads_p_score_scored_at, which holds the others. Empty once all are scored.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads; reads and writes go on
-- owner: scoring
-- undo: 0125_phase1_leads_never_scored.down.sql
CREATE INDEX CONCURRENTLY idx_leads_never_scored ON public.leads
  (user_id, id)
  WHERE p_score_key IS NULL;
