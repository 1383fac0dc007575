-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_messages_user_platform_id;
