-- Takes back the grants, then each role that SalesFlow made and nothing else in the cluster uses.
-- What stands in schema salesflow returns to the migrating user first, or salesflow_owner could never go.
DO $$
DECLARE
  item record;
BEGIN
  EXECUTE format('ALTER SCHEMA salesflow OWNER TO %I', current_user);
  FOR item IN SELECT oid::regclass AS name FROM pg_class
              WHERE relnamespace = 'salesflow'::regnamespace AND relkind IN ('r', 'v', 'm', 'p') LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO %I', item.name, current_user);
  END LOOP;
  FOR item IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'salesflow'::regnamespace LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO %I', item.name, current_user);
  END LOOP;
END $$;
CALL salesflow.undo(2);
DROP PROCEDURE salesflow.release_role(text);
DROP PROCEDURE salesflow.ensure_role(text, text);
