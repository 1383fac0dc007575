-- why: a user's verified leads, best first, duplicates left out by the index: rows + 4 buffers.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on lead_verifications; reads and writes go on
-- owner: scoring
-- undo: 0110_phase1_lead_verifications.down.sql
CREATE INDEX CONCURRENTLY idx_lead_verifications_v_score_duplicate ON public.lead_verifications
  (user_id, v_score_key DESC, lead_id DESC, id DESC)
  WHERE is_duplicate IS NOT TRUE AND v_score_key IS NOT NULL;
