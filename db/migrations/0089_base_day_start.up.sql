-- why: figures by day need the instant at which a day of a time zone begins. Midnight AT TIME ZONE is not always it: where a
--      clock goes back over midnight, PostgreSQL takes the second of two midnights (America/Havana, Atlantic/Azores).
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: analytics
-- undo: 0089_base_day_start.down.sql
--
-- The first instant that has this date on the zone's clocks: midnight, or where there are two, the end of the day before. A midnight
-- that does not exist is the instant at which clocks jump over it; a day that does not exist (Pacific/Apia, 30 December 2011)
-- begins where the next one does. Without settings, so that it becomes part of the statement that calls it. Errors: 22023 for
-- an unknown zone.
CREATE FUNCTION salesflow.day_start(p_day date, p_zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT least(p_day::timestamp AT TIME ZONE p_zone, ((p_day::timestamp - interval '1 microsecond') AT TIME ZONE p_zone) + interval '1 microsecond')
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.day_start(date, text)', 'salesflow_app');
