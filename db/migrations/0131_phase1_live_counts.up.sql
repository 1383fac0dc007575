-- why: what needs attention with time alone (a due step, three days without an answer) is a range of one status. What is unread
--      or needs attention at once is kept (0087), so that the two indexes that counted it go: a message wrote to both. Closed
--      deals are summed by currency from the index alone.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_conversations and deals; reads and writes go on
-- owner: deals and inbox
-- undo: 0131_phase1_live_counts.down.sql
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_waiting ON public.dm_conversations
  (user_id, status, attention_at)
  WHERE attention_at > '-infinity';
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_unread;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_attention;
CREATE INDEX CONCURRENTLY idx_deals_org_closed_currency ON public.deals
  (org_id, pipeline, closed_at) INCLUDE (won, value, currency)
  WHERE closed_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_closed;
