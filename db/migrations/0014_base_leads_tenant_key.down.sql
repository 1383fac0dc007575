-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.leads_user_id_id_key;
