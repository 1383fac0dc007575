-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_customer;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_name;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_instagram;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_phone;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_email;
