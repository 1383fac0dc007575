-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_crm_notes_user_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_crm_notes_user_deal_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_crm_notes_user_lead_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_crm_notes_user_contact_created;
