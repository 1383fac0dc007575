-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_lead_hot;
