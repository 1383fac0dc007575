-- why: functions of ours stand in schema salesflow_app, which its login searches first. In schema public they would meet
--      found ones of the same name: the same arguments would take the old service's away, others make its calls
--      ambiguous.
-- phase: phase3
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0301_phase3_helpers.down.sql
--
-- p_function: schema.name(argument types)

-- Records a function just made in schema salesflow_app and lets p_role, and only it, execute it.
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
