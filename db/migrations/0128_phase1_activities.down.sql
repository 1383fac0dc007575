-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_activities_org_occurred;
