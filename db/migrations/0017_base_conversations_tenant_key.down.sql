-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.dm_conversations_user_id_id_key;
