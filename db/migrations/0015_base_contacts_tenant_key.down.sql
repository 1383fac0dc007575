-- Dropped only if `up` built it.
DROP INDEX CONCURRENTLY IF EXISTS public.contacts_org_id_id_key;
