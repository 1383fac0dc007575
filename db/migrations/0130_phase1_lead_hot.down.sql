-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_lead_hot;
