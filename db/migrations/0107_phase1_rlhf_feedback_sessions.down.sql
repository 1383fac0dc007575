-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_rlhf_sessions_created_outcome;
