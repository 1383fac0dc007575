-- why: any part of handle, name or newest message is found within one inbox; btree_gin puts the user into the same
--      index. pg_trgm and btree_gin are there since 0113.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_conversation_texts; reads and writes go on
-- owner: inbox
-- undo: 0123_phase1_inbox_search.down.sql
--
-- pg_trgm stands where someone put it; its operator class is found there.
SELECT set_config('search_path', 'public, ' || quote_ident(n.nspname), false)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
CREATE INDEX CONCURRENTLY idx_dm_conversation_texts_search ON public.dm_conversation_texts USING gin
  (user_id, search_text gin_trgm_ops);
SELECT set_config('search_path', 'public', false);
