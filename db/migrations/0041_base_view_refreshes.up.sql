-- why: where pg_cron does not refresh the materialized views of phase 2, the service's worker does, once per schedule
--      however many nodes run. In base, so that the worker may always ask; before phase 2 nothing is due.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: analytics
-- undo: 0041_base_view_refreshes.down.sql
CREATE TABLE salesflow.view_refreshes (
  name text PRIMARY KEY,
  every interval NOT NULL,
  refreshed_at timestamptz NOT NULL DEFAULT '-infinity'
);
COMMENT ON TABLE salesflow.view_refreshes IS 'When the service last refreshed each materialized view, and how often it should.';
INSERT INTO salesflow.view_refreshes (name, every)
VALUES ('mv_rlhf_sessions_daily', '10 minutes'), ('mv_hot_leads', '15 minutes'), ('mv_template_performance', '1 day');

-- Refreshes the view that is overdue longest and returns its name; NULL when none is due, or pg_cron has them, or
-- another node is at it. A failed refresh leaves it due.
CREATE FUNCTION salesflow.refresh_due_view() RETURNS text
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
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.refresh_due_view()', 'salesflow_worker');
