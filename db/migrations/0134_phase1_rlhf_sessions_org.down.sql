-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_rlhf_sessions_org_created;
