-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_message_events_user_status_created;
