-- Dropped only if `up` built it; the one before comes back.
SELECT set_config('search_path', 'public, ' || quote_ident(n.nspname), false)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
CREATE INDEX CONCURRENTLY idx_deals_search ON public.deals USING gin
  (org_id, lower(title) gin_trgm_ops);
DROP INDEX CONCURRENTLY IF EXISTS public.idx_deals_search_folded;
SELECT set_config('search_path', 'public', false);
