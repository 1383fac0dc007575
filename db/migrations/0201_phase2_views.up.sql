-- why: row level security does not reach materialized views. These helpers make one that no request role may read,
--      the views through which a request reads its own rows of it, and the function that refreshes it. What was
--      found under the same name is renamed away, with its data, grants and dependents, and comes back with `down`.
-- phase: phase2
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: analytics
-- undo: 0201_phase2_views.down.sql
CREATE PROCEDURE salesflow.set_aside_relation(p_relation text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  schema_name text := split_part(p_relation, '.', 1);
  found_name text := split_part(p_relation, '.', 2);
  away text := left('sf_found_' || found_name, 63);
BEGIN
  IF to_regclass(p_relation) IS NOT NULL THEN
    RAISE NOTICE 'set aside until down: % is now %.%', p_relation, schema_name, away;
    EXECUTE format('ALTER TABLE %s RENAME TO %I', p_relation, away);
    CALL salesflow.record('renamed', p_relation, format('ALTER TABLE %I.%I RENAME TO %I', schema_name, away, found_name));
  END IF;
END $$;

-- Makes it without data; the first refresh fills it.
CREATE PROCEDURE salesflow.ensure_materialized_view(p_view text, p_query text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.set_aside_relation(p_view);
  EXECUTE format('CREATE MATERIALIZED VIEW %s AS %s WITH NO DATA', p_view, p_query);
  CALL salesflow.record('materialized view', p_view, format('DROP MATERIALIZED VIEW %s', p_view));
  CALL salesflow.close_relation(p_view);
END $$;

-- A view with its owner's rights, for salesflow_app: p_query's WHERE names the setting of the tenant.
CREATE PROCEDURE salesflow.ensure_tenant_view(p_view text, p_query text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.set_aside_relation(p_view);
  EXECUTE format('CREATE VIEW %s WITH (security_barrier = true) AS %s', p_view, p_query);
  CALL salesflow.record('view', p_view, format('DROP VIEW %s', p_view));
  CALL salesflow.close_relation(p_view);
  CALL salesflow.ensure_grant('SELECT', 'TABLE ' || p_view, 'salesflow_app');
END $$;

-- Refreshes one of SalesFlow's materialized views while it is read on, then tells channel mv_refresh its name;
-- listeners hear it when this has committed, and not at all if it fails. False: another refresh of it is running.
-- For the worker, and for pg_cron as the migrating user.
CREATE FUNCTION salesflow.refresh_materialized_view(p_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_filled boolean := (SELECT c.relispopulated FROM pg_class AS c
                       WHERE c.relnamespace = 'public'::regnamespace AND c.relname = p_name AND c.relkind = 'm'
                         AND salesflow.made('materialized view', 'public.' || p_name));
BEGIN
  IF v_filled IS NULL THEN
    RAISE EXCEPTION 'SalesFlow has no materialized view %', p_name USING ERRCODE = 'undefined_table';
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('salesflow.refresh:' || p_name, 0)) THEN
    RETURN false;
  END IF;
  EXECUTE format('REFRESH MATERIALIZED VIEW %s public.%I', CASE WHEN v_filled THEN 'CONCURRENTLY' ELSE '' END, p_name);
  PERFORM pg_notify('mv_refresh', p_name);
  RETURN true;
END $$;

-- Ends a schedule of pg_cron, if it is still there.
CREATE PROCEDURE salesflow.unschedule(p_job text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_regclass('cron.job') IS NOT NULL THEN
    EXECUTE 'SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = $1' USING p_job;
  END IF;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.refresh_materialized_view(text)', 'salesflow_worker');
