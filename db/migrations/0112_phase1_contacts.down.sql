-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_name_lower;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_lead;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_status;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_score;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_last_contact;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_name;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_created;
