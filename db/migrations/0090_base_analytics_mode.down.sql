-- Views are refreshed by schedule again, whoever reads them.
CALL salesflow.undo(90);
CREATE OR REPLACE FUNCTION salesflow.refresh_due_view() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text;
BEGIN
  UPDATE salesflow.view_refreshes AS r SET refreshed_at = now()
  WHERE r.name = (SELECT d.name FROM salesflow.view_refreshes AS d
                  WHERE d.refreshed_at + d.every <= now()
                    AND salesflow.made('materialized view', 'public.' || d.name)
                    AND NOT salesflow.made('cron job', 'salesflow-' || d.name)
                  ORDER BY d.refreshed_at, d.name LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING r.name INTO v_name;
  IF v_name IS NOT NULL THEN
    EXECUTE 'SELECT salesflow.refresh_materialized_view($1)' USING v_name;
  END IF;
  RETURN v_name;
END $$;
DROP FUNCTION salesflow.list_view_refreshes();
DROP FUNCTION salesflow.is_any_view_due();
DROP FUNCTION salesflow.is_view_due(salesflow.view_refreshes);
DROP FUNCTION salesflow.switch_analytics_mode(text);
DROP FUNCTION salesflow.set_analytics_mode(text);
DROP FUNCTION salesflow.want_views();
DROP FUNCTION salesflow.read_analytics_mode();
DROP TABLE salesflow.analytics_mode;
