-- why: any part of a deal's title is found within one organisation; without it a search reads the organisation (up to
--      6,500 buffers). An index on an expression: search_deals() reads it as salesflow_search, whose policy hides no row.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on deals; reads and writes go on
-- owner: deals
-- undo: 0119_phase1_deals_search.down.sql
--
-- pg_trgm stands where someone put it; its operator class is found there.
SELECT set_config('search_path', 'public, ' || quote_ident(n.nspname), false)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
CREATE INDEX CONCURRENTLY idx_deals_search ON public.deals USING gin
  (org_id, lower(title) gin_trgm_ops);
SELECT set_config('search_path', 'public', false);
