-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_tasks_org_parent;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_tasks_org_open_due;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_tasks_org_priority;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_tasks_org_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_tasks_org_due;
