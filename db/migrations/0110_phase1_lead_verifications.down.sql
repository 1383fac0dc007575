-- Dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_lead_verifications_v_score_duplicate;
