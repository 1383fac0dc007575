-- why: pg_cron's schedules follow the rule of migration 0090, too: nobody reads the views, nobody refreshes them. And every
--      refresh, whoever started it, is noted, so that a view's age is known.
-- phase: phase2
-- transaction: one
-- lock: none on found tables
-- owner: analytics
-- undo: 0206_phase2_refresh_rule.down.sql
CREATE OR REPLACE FUNCTION salesflow.refresh_materialized_view(p_name text) RETURNS boolean
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
  -- What the view shows is not newer than this transaction.
  UPDATE salesflow.view_refreshes AS r SET refreshed_at = now() WHERE r.name = p_name;
  PERFORM pg_notify('mv_refresh', p_name);
  RETURN true;
END $$;

-- What pg_cron calls: refreshes the view if anybody needs it; false: nobody does, or another refresh is running.
CREATE FUNCTION salesflow.refresh_wanted_view(p_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT r.views_wanted FROM salesflow.read_analytics_mode() AS r) AND salesflow.refresh_materialized_view(p_name);
END $$;

-- Lets the schedules that SalesFlow made run another function of one view's name.
CREATE PROCEDURE salesflow.reschedule(p_function text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v record;
BEGIN
  IF to_regclass('cron.job') IS NULL THEN
    RETURN;
  END IF;
  FOR v IN EXECUTE $q$SELECT j.jobname, j.schedule FROM cron.job AS j WHERE salesflow.made('cron job', j.jobname)$q$ LOOP
    CALL salesflow.unschedule(v.jobname);
    EXECUTE format('SELECT cron.schedule(%L, %L, %L)', v.jobname, v.schedule, format('SELECT salesflow.%I(%L)', p_function, substr(v.jobname, length('salesflow-') + 1)));
  END LOOP;
END $$;
CALL salesflow.seal();
CALL salesflow.reschedule('refresh_wanted_view');
