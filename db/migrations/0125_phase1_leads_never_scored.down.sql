-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_never_scored;
