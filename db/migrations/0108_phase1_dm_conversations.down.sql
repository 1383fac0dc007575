-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_status_platform;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_last;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_priority;
