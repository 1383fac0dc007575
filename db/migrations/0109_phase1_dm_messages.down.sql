-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_messages_conversation_sent;
