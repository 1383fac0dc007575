-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_message_queue_user_lead;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_message_queue_user_approved;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_message_queue_user_pending;
