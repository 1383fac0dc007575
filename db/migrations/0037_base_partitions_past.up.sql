-- why: how long message events are kept is a setting of the service (SALESFLOW_EVENTS_RETENTION_MONTHS); its job detaches
--      months that are past it, through functions of the owner. Nothing is deleted: a detached month stays a table.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/partitions
-- undo: 0037_base_partitions_past.down.sql
--
-- The order that keeps figures right, in transactions of the job's (platform/partitions/detach.cpp):
--   A  holds the logs, so that nobody works entries off meanwhile, and stays open;
--   B  notes the month's rows in the logs and commits: from now on figures of their keys are counted from rows;
--   then all transactions that began before B's end must have ended, for they do not see what B noted;
--   A  detaches the month and commits: rows and kept figures of them go in the same instant.

-- Months of message_events that end before the last p_months whole months, oldest first. `name` is ready for SQL.
CREATE FUNCTION salesflow.past_months(p_months integer) RETURNS TABLE (name text, upper timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
  SELECT c.oid::regclass::text, b.upper
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL (SELECT (regexp_match(pg_get_expr(c.relpartbound, c.oid), ' TO \(''([^'']+)''\)$'))[1]::timestamptz AS upper) AS b
  WHERE i.inhparent = to_regclass('public.message_events') AND NOT i.inhdetachpending
    AND b.upper <= date_trunc('month', now()) - p_months * interval '1 month'
  ORDER BY b.upper
$$;

-- Refuses what no setting allows: whoever steals the worker's login does not get at the newest months.
CREATE PROCEDURE salesflow.check_past_month(p_months integer, p_name text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_months NOT BETWEEN 3 AND 1200 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'months that stay must be 3..1200';
  END IF;
  IF p_name IS NOT NULL AND NOT EXISTS (SELECT FROM salesflow.past_months(p_months) AS m WHERE m.name = p_name) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s is no month that is past %s months', p_name, p_months);
  END IF;
END $$;

-- A: the oldest month past its time, with this backend's pid; no row: there is none, a migration runs, or a refresh does.
CREATE FUNCTION salesflow.hold_past_month(p_months integer) RETURNS TABLE (name text, pid integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.check_past_month(p_months, NULL);
  IF NOT salesflow.hold_partitions() OR NOT coalesce((
      SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended('salesflow.refresh:' || l.name, 0)))
      FROM salesflow.invalidation_logs AS l WHERE l.source = 'public.message_events'), true) THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT m.name, pg_backend_pid() FROM salesflow.past_months(p_months) AS m ORDER BY m.upper LIMIT 1;
END $$;

-- B.
CREATE FUNCTION salesflow.note_past_month(p_months integer, p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log text;
BEGIN
  CALL salesflow.check_past_month(p_months, p_name);
  FOR v_log IN SELECT l.name FROM salesflow.invalidation_logs AS l WHERE l.source = 'public.message_events' ORDER BY l.name LOOP
    CALL salesflow.invalidate_rows(v_log, p_name);
  END LOOP;
END $$;

-- A again. Not CONCURRENTLY: until its end a plan of an older transaction would still find the rows. It waits for locks as
-- making a month does.
CREATE FUNCTION salesflow.detach_past_month(p_months integer, p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '400ms' AS $$
BEGIN
  CALL salesflow.check_past_month(p_months, p_name);
  IF NOT salesflow.hold_partitions() THEN
    RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = 'a migration runs';
  END IF;
  PERFORM set_config('lock_timeout', '5s', true);
  LOCK TABLE public.message_events IN SHARE UPDATE EXCLUSIVE MODE;
  PERFORM set_config('lock_timeout', '400ms', true);
  EXECUTE format('ALTER TABLE public.message_events DETACH PARTITION %s', p_name);
END $$;
DO $$
BEGIN
  IF salesflow.made('keeps owner', 'salesflow.make_month_ahead(integer)') THEN
    CALL salesflow.record('keeps owner', 'salesflow.note_past_month(integer,text)', 'SELECT');
    CALL salesflow.record('keeps owner', 'salesflow.detach_past_month(integer,text)', 'SELECT');
  END IF;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.past_months(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.hold_past_month(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.note_past_month(integer, text)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.detach_past_month(integer, text)', 'salesflow_worker');
