-- The indexes of 0115 and 0122 come back.
CREATE INDEX CONCURRENTLY idx_deals_org_closed ON public.deals
  (org_id, pipeline, closed_at) INCLUDE (won, value)
  WHERE closed_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_closed_currency;
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_attention ON public.dm_conversations
  (user_id, attention_at)
  WHERE attention_at IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_dm_conversations_user_unread ON public.dm_conversations
  (user_id, unread_key)
  WHERE unread_key > 0;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_waiting;
