-- why: a user's hot leads by p_score, then i_score: rows + 4 buffers.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on lead_hot; reads and writes go on
-- owner: scoring
-- undo: 0111_phase1_lead_hot.down.sql
CREATE INDEX CONCURRENTLY idx_lead_hot ON public.lead_hot
  (user_id, p_score_key DESC, i_score_key DESC, lead_id DESC);
