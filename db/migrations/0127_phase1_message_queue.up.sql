-- why: the approval queue of a user by priority, what was approved since an instant, and the drafts of a lead. A found table may
--      hold no priority, which counts as 50.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on message_queue; reads and writes go on
-- owner: approvals
-- undo: 0127_phase1_message_queue.down.sql
CREATE INDEX CONCURRENTLY idx_message_queue_user_pending ON public.message_queue
  (user_id, (coalesce(priority, 50)), id)
  WHERE status = 'pending';
CREATE INDEX CONCURRENTLY idx_message_queue_user_approved ON public.message_queue
  (user_id, approved_at)
  WHERE status = 'approved';
CREATE INDEX CONCURRENTLY idx_message_queue_user_lead ON public.message_queue
  (user_id, lead_id, created_at, status);
