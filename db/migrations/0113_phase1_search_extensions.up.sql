-- why: idx_contacts_search, a GIN index over an organisation and trigrams, needs btree_gin and pg_trgm. Both are
--      trusted: the owner of the database may make them.
-- phase: phase1
-- transaction: one
-- lock: none
-- owner: contacts
-- undo: 0113_phase1_search_extensions.down.sql
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['btree_gin', 'pg_trgm'] LOOP
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = wanted) THEN
      EXECUTE format('CREATE EXTENSION %I', wanted);
      CALL salesflow.record('extension', wanted, format('DROP EXTENSION IF EXISTS %I', wanted));
    END IF;
  END LOOP;
END $$;
