-- Schedules refresh the views again, whoever reads them.
CALL salesflow.undo(206);
CALL salesflow.reschedule('refresh_materialized_view');
DROP PROCEDURE salesflow.reschedule(text);
DROP FUNCTION salesflow.refresh_wanted_view(text);
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
  PERFORM pg_notify('mv_refresh', p_name);
  RETURN true;
END $$;
