-- why: each part of the service reaches the database as a role that may do its own work and no more
--      (salesflow_owner, _app, _worker, _auth, _search). Roles belong to the cluster: they are made when
--      missing, also while another database of the cluster migrates, and carry no password; the operator
--      gives them one: ALTER ROLE salesflow_app LOGIN PASSWORD '…'.
-- phase: base
-- transaction: one
-- lock: none on tables
-- owner: platform/migrations
-- undo: 0002_base_roles.down.sql

-- The grant on the database is recorded in the cluster's dependencies, so that another database's `down`
-- cannot drop the role under us; if it does so in between, the block starts over.
CREATE PROCEDURE salesflow.ensure_role(p_role text, p_options text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  FOR attempt IN 1 .. 20 LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_role) THEN
        EXECUTE format('CREATE ROLE %I %s', p_role, p_options);
        EXECUTE format('COMMENT ON ROLE %I IS %L', p_role, 'made by SalesFlow');
      END IF;
      IF NOT EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND datdba = p_role::regrole) THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), p_role);
      END IF;
      CALL salesflow.record('role', p_role, format('CALL salesflow.release_role(%L)', p_role));
      RETURN;
    EXCEPTION
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role % is missing and % may not create it', p_role, current_user
          USING ERRCODE = 'insufficient_privilege', HINT = format(
            'Let an administrator run: CREATE ROLE salesflow_owner NOLOGIN; CREATE ROLE salesflow_app NOLOGIN; '
            'CREATE ROLE salesflow_worker NOLOGIN; CREATE ROLE salesflow_auth NOLOGIN; CREATE ROLE salesflow_search NOLOGIN; '
            'GRANT salesflow_owner, salesflow_search TO %I; GRANT CREATE ON DATABASE %I TO %1$I;', current_user, current_database());
      WHEN unique_violation OR duplicate_object OR undefined_object THEN
        PERFORM pg_sleep(0.05 * random());
      WHEN internal_error THEN
        IF SQLERRM NOT LIKE 'tuple concurrently%' AND SQLERRM NOT LIKE 'role % was concurrently dropped' THEN
          RAISE;
        END IF;
        PERFORM pg_sleep(0.05 * random());
    END;
  END LOOP;
  RAISE EXCEPTION 'role % is being made and dropped by others at the same time', p_role
    USING HINT = 'Run migrate up again when no other database of this cluster is migrating.';
END $$;

-- Lets go of a role: takes back the grant on this database and drops the role if SalesFlow made it and
-- nothing in any database of the cluster depends on it any more.
CREATE PROCEDURE salesflow.release_role(p_role text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  role_oid oid := (SELECT oid FROM pg_roles WHERE rolname = p_role);
BEGIN
  IF role_oid IS NULL THEN
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND datdba = role_oid) THEN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), p_role);
  END IF;
  IF shobj_description(role_oid, 'pg_authid') IS DISTINCT FROM 'made by SalesFlow'
     OR EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = role_oid)
     OR p_role = current_user THEN
    RETURN;
  END IF;
  EXECUTE format('DROP ROLE %I', p_role);
EXCEPTION
  WHEN dependent_objects_still_exist OR undefined_object OR insufficient_privilege THEN
    RAISE NOTICE 'role % stays: %', p_role, SQLERRM;
END $$;

CALL salesflow.ensure_role('salesflow_owner', 'NOLOGIN');
CALL salesflow.ensure_role('salesflow_app', 'NOLOGIN');
CALL salesflow.ensure_role('salesflow_worker', 'NOLOGIN');
CALL salesflow.ensure_role('salesflow_auth', 'NOLOGIN');
CALL salesflow.ensure_role('salesflow_search', 'NOLOGIN');

-- A migrating user that may create roles acts as salesflow_owner from here on, so that what it makes
-- belongs to that role. A superuser does so anyway.
DO $$
BEGIN
  IF NOT salesflow.acts_as_owner() THEN
    EXECUTE format('GRANT salesflow_owner TO %I', current_user);
  END IF;
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
  RAISE EXCEPTION '% may not act as salesflow_owner', current_user
    USING ERRCODE = 'insufficient_privilege',
          HINT = format('Let an administrator run: GRANT salesflow_owner, salesflow_search TO %I;', current_user);
END $$;

CALL salesflow.ensure_grant('USAGE, CREATE', 'SCHEMA public', 'salesflow_owner');
-- GRANT only warns when the grantor may not pass a privilege on; then no later file could make a table.
DO $$
BEGIN
  IF NOT has_schema_privilege('salesflow_owner', 'public', 'CREATE') THEN
    RAISE EXCEPTION '% may not let salesflow_owner use schema public', current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('Let an administrator run: GRANT USAGE, CREATE ON SCHEMA public TO %I WITH GRANT OPTION;', current_user);
  END IF;
END $$;
CALL salesflow.ensure_grant('USAGE', 'SCHEMA public', 'salesflow_app');
CALL salesflow.ensure_grant('USAGE', 'SCHEMA public', 'salesflow_worker');
CALL salesflow.ensure_grant('USAGE', 'SCHEMA salesflow', 'salesflow_worker');
CALL salesflow.ensure_grant('USAGE', 'SCHEMA salesflow', 'salesflow_auth');
CALL salesflow.seal();
