-- why: the operator's views of slow statements read pg_stat_statements. A wish, not a need: it is made
--      where the server has it and the migrating user may, and missing elsewhere.
-- phase: base
-- transaction: one
-- lock: none
-- owner: platform/telemetry
-- undo: 0019_base_monitoring.down.sql
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
     OR NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') THEN
    RETURN;
  END IF;
  CREATE EXTENSION pg_stat_statements;
  CALL salesflow.record('extension', 'pg_stat_statements', 'DROP EXTENSION IF EXISTS pg_stat_statements');
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'pg_stat_statements not made; an administrator can: CREATE EXTENSION pg_stat_statements;';
END $$;
