-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_closed;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_contact;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_board;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_open_close;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_open_value;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_open_stage_entered;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_open_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_org_created;
