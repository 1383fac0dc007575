-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversation_texts_search;
