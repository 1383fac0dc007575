-- why: a user's hot leads, best first, with all that is shown of their satellites from the index alone: 5 buffers for the
--      ids of a page, and 4 for each lead that is shown.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on lead_hot; reads and writes go on
-- owner: leads
-- undo: 0130_phase1_lead_hot.down.sql
CREATE INDEX CONCURRENTLY idx_lead_hot ON public.lead_hot
  (user_id, p_score_key DESC, i_score_key DESC, lead_id DESC)
  INCLUDE (v_score, i_score, e_score, company_name, last_activity_at, intent_stage, requested_demo)
  WHERE p_score_key IS NOT NULL;
