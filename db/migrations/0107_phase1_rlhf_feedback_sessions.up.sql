-- why: a user's feedback of a time range is counted without its rows: an index-only scan.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on rlhf_feedback_sessions; reads and writes go on
-- owner: analytics
-- undo: 0107_phase1_rlhf_feedback_sessions.down.sql
CREATE UNIQUE INDEX CONCURRENTLY idx_rlhf_sessions_created_outcome ON public.rlhf_feedback_sessions
  (user_id, created_at DESC, id DESC) INCLUDE (outcome, composite_reward);
