-- why: functions of ours that stand in schema public may meet one of the same name and arguments there; it is renamed
--      away and comes back with `down`. One of the same name with other arguments stays as it is.
-- phase: phase3
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0301_phase3_helpers.down.sql
--
-- p_function: schema.name(argument types)
CREATE PROCEDURE salesflow.set_aside_function(p_function text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  arguments text := substring(p_function FROM '\(.*\)$');
  schema_name text := split_part(p_function, '.', 1);
  found_name text := substring(p_function FROM '\.([^(]+)\(');
  away text := left('sf_found_' || found_name, 63);
BEGIN
  IF to_regprocedure(p_function) IS NOT NULL THEN
    RAISE NOTICE 'set aside until down: % is now %', p_function, away;
    EXECUTE format('ALTER ROUTINE %s RENAME TO %I', p_function, away);
    CALL salesflow.record('renamed', p_function, format('ALTER ROUTINE %I.%I%s RENAME TO %I', schema_name, away, arguments, found_name));
  END IF;
END $$;

-- Records a function just made in schema public and lets p_role, and only it, execute it.
CREATE PROCEDURE salesflow.publish_function(p_function text, p_owner text, p_role text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  grantee text;
BEGIN
  CALL salesflow.record('function', p_function, format('DROP FUNCTION %s', p_function));
  FOR grantee IN SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
                 FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
                 WHERE p.oid = p_function::regprocedure AND acl.grantee <> p.proowner LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', p_function, grantee);
  END LOOP;
  CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION ' || p_function, p_role);
  EXECUTE format('ALTER FUNCTION %s OWNER TO %I', p_function, p_owner);
END $$;
CALL salesflow.seal();
