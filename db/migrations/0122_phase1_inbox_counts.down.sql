-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_messages_user_sent;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_platform_id;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_due;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_due;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_attention;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_dm_conversations_user_unread;
