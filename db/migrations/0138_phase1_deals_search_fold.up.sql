-- why: titles are searched without accents (0100), so the index holds them so.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on deals; reads and writes go on
-- owner: deals
-- undo: 0138_phase1_deals_search_fold.down.sql
--
-- pg_trgm stands where someone put it; its operator class is found there.
SELECT set_config('search_path', 'public, ' || quote_ident(n.nspname), false)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
CREATE INDEX CONCURRENTLY idx_deals_search_folded ON public.deals USING gin
  (org_id, salesflow_fold(title) gin_trgm_ops);
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_search;
SELECT set_config('search_path', 'public', false);
