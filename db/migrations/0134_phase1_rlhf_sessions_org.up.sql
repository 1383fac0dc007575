-- why: an organisation's sessions of a day, for the days that the summary does not hold at this moment: an index-only scan.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on rlhf_feedback_sessions; reads and writes go on
-- owner: analytics
-- undo: 0134_phase1_rlhf_sessions_org.down.sql
CREATE INDEX CONCURRENTLY idx_rlhf_sessions_org_created ON public.rlhf_feedback_sessions
  (org_id, created_at) INCLUDE (user_id, outcome, composite_reward);
