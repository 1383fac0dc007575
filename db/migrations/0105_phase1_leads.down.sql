-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_user_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_status_created;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_next_followup;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_p_score_scored_at;
