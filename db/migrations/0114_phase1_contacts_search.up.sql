-- why: any part of name, company or e-mail is found within one organisation: 12 to 255 buffers where a scan of the
--      organisation costs 6,158. btree_gin puts the organisation into the same index (trigrams alone: 3,334).
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on contacts; reads and writes go on
-- owner: contacts
-- undo: 0114_phase1_contacts_search.down.sql
--
-- pg_trgm stands where someone put it; its operator class is found there.
SELECT set_config('search_path', 'public, ' || quote_ident(n.nspname), false)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
CREATE INDEX CONCURRENTLY idx_contacts_search ON public.contacts USING gin
  (org_id, search_text gin_trgm_ops);
SELECT set_config('search_path', 'public', false);
