-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.tasks_org_id_id_key;
