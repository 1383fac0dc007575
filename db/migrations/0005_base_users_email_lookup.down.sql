-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.users_email_lower_idx;
