-- why: an operator switches where analytics read from for all nodes at once, while they run; and materialized views are
--      refreshed only while somebody reads them or wants them.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: analytics
-- undo: 0090_base_analytics_mode.down.sql
CREATE TABLE salesflow.analytics_mode (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  mode text CHECK (mode IN ('live', 'mv', 'raw')),                   -- NULL: each node's own setting (ANALYTICS_MODE)
  changed_at timestamptz,
  views_wanted_since timestamptz NOT NULL DEFAULT '-infinity',       -- what was refreshed before is due at once
  views_wanted_until timestamptz NOT NULL DEFAULT '-infinity'        -- as the last node said that reads or wants them
);
COMMENT ON TABLE salesflow.analytics_mode IS 'Where analytics read from, for all nodes; and whether anybody needs the materialized views. One row.';
INSERT INTO salesflow.analytics_mode DEFAULT VALUES;

-- The row, for every node once a second and for operators.
CREATE FUNCTION salesflow.read_analytics_mode()
RETURNS TABLE (mode text, changed_at timestamptz, views_wanted boolean, views_wanted_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.mode, m.changed_at, coalesce(m.mode = 'mv', false) OR m.views_wanted_until > now(), m.views_wanted_until
  FROM salesflow.analytics_mode AS m
$$;

-- A node says that it reads the materialized views, or that its operator wants them: good for 90 s.
CREATE FUNCTION salesflow.want_views() RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE salesflow.analytics_mode AS m
  SET views_wanted_until = now() + interval '90 seconds',
      views_wanted_since = CASE WHEN (SELECT r.views_wanted FROM salesflow.read_analytics_mode() AS r) THEN m.views_wanted_since ELSE now() END
  RETURNING m.views_wanted_until
$$;

-- Switches all nodes: live, mv, raw; NULL: each to its own setting. For operators, as salesflow_worker.
CREATE FUNCTION salesflow.set_analytics_mode(p_mode text) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE salesflow.analytics_mode AS m
  SET mode = p_mode, changed_at = now(),
      views_wanted_since = CASE WHEN p_mode = 'mv' AND NOT (SELECT r.views_wanted FROM salesflow.read_analytics_mode() AS r) THEN now() ELSE m.views_wanted_since END
  RETURNING m.changed_at
$$;

-- The same for a superadmin's request. NULL: it is none.
CREATE FUNCTION salesflow.switch_analytics_mode(p_mode text) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN (SELECT u.role::text = 'superadmin' FROM public.users AS u WHERE u.id = nullif(current_setting('app.user_id', true), '')::uuid)
              THEN salesflow.set_analytics_mode(p_mode) END
$$;

-- Whether the service is to refresh a materialized view now: it is wanted, and was not refreshed since that began, or its
-- time has come and pg_cron does not have it.
CREATE FUNCTION salesflow.is_view_due(p_view salesflow.view_refreshes) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT salesflow.made('materialized view', 'public.' || (p_view).name)
     AND (SELECT r.views_wanted FROM salesflow.read_analytics_mode() AS r)
     AND ((p_view).refreshed_at < (SELECT m.views_wanted_since FROM salesflow.analytics_mode AS m)
          OR ((p_view).refreshed_at + (p_view).every <= now() AND NOT salesflow.made('cron job', 'salesflow-' || (p_view).name)))
$$;
CREATE FUNCTION salesflow.is_any_view_due() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM salesflow.view_refreshes AS v WHERE salesflow.is_view_due(v))
$$;

-- Refreshes the view that is overdue longest and returns its name; NULL when none is due, or another node is at it. A
-- failed refresh leaves it due.
CREATE OR REPLACE FUNCTION salesflow.refresh_due_view() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text;
BEGIN
  UPDATE salesflow.view_refreshes AS r SET refreshed_at = now()
  WHERE r.name = (SELECT d.name FROM salesflow.view_refreshes AS d WHERE salesflow.is_view_due(d)
                  ORDER BY d.refreshed_at, d.name LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING r.name INTO v_name;
  IF v_name IS NOT NULL THEN
    EXECUTE 'SELECT salesflow.refresh_materialized_view($1)' USING v_name;
  END IF;
  RETURN v_name;
END $$;

-- The views with their age, for operators.
CREATE FUNCTION salesflow.list_view_refreshes() RETURNS TABLE (name text, every_s bigint, refreshed_at timestamptz, by_cron boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT v.name, extract(epoch FROM v.every)::bigint, nullif(v.refreshed_at, '-infinity'), salesflow.made('cron job', 'salesflow-' || v.name)
  FROM salesflow.view_refreshes AS v
  WHERE salesflow.made('materialized view', 'public.' || v.name) ORDER BY v.name
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_analytics_mode()', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.want_views()', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_analytics_mode()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_view_refreshes()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.switch_analytics_mode(text)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_analytics_mode()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_view_refreshes()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.set_analytics_mode(text)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.is_any_view_due()', 'salesflow_worker');
