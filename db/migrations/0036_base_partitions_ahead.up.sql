-- why: partitions ahead were made by a host's cron line, with the owner's connection; where nobody set one up, messages
--      were refused from the first of a month on. A job makes them, through a function of the owner that can do
--      nothing else. What a new partition needs stands here alone: `salesflow partition` calls the same.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/partitions
-- undo: 0036_base_partitions_ahead.down.sql

-- The months without a partition, from this one to p_months after it, oldest first. `name` is ready for SQL. A month
-- before this one is never filled in: its partition may have gone by retention.
CREATE FUNCTION salesflow.missing_months(p_table regclass, p_months integer) RETURNS TABLE (name text, lower timestamptz, upper timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
  WITH bounds AS (
    SELECT coalesce(nullif(t.part[1], 'MINVALUE'), '-infinity')::timestamptz AS lower, coalesce(nullif(t.part[2], 'MAXVALUE'), 'infinity')::timestamptz AS upper
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT regexp_match(replace(pg_get_expr(c.relpartbound, c.oid), '''', ''), '^FOR VALUES FROM \((.*)\) TO \((.*)\)$') AS part) AS t
    WHERE i.inhparent = p_table AND t.part IS NOT NULL
  ), months AS (
    SELECT m AS lower, m + interval '1 month' AS upper
    FROM generate_series(date_trunc('month', now()), date_trunc('month', now()) + p_months * interval '1 month', interval '1 month') AS m
  )
  SELECT format('salesflow_partitions.%I', (SELECT c.relname FROM pg_class AS c WHERE c.oid = p_table) || to_char(m.lower, '_YYYY_MM')), m.lower, m.upper
  FROM months AS m
  WHERE NOT EXISTS (SELECT FROM bounds AS b WHERE b.lower < m.upper AND b.upper > m.lower)
  ORDER BY m.lower
$$;

-- Makes one partition: it belongs to the table's owner, has the storage options of the newest one, the table's targets of
-- statistics and replica identity, row level security, and no grant, whatever the default privileges are. Reads and
-- writes go on (SHARE UPDATE EXCLUSIVE); the caller sets lock_timeout.
CREATE PROCEDURE salesflow.make_month(p_table regclass, p_name text, p_lower timestamptz, p_upper timestamptz)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
  v_parent pg_class := (SELECT c FROM pg_class AS c WHERE c.oid = p_table);
  v_options text := (SELECT 'WITH (' || array_to_string(c.reloptions, ', ') || ')' FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                     WHERE i.inhparent = p_table ORDER BY c.oid DESC LIMIT 1);
  v_statement text;
BEGIN
  IF to_regclass(p_name) IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('%s exists and is no partition of %s; attach it or rename it', p_name, p_table);
  END IF;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING CONSTRAINTS INCLUDING STATISTICS) %s',
                 p_name, p_table, v_options);
  IF v_parent.relowner <> (SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass(p_name)) THEN
    EXECUTE format('ALTER TABLE %s OWNER TO %I', p_name, pg_get_userbyid(v_parent.relowner));
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_name);
  FOR v_statement IN
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', p_name, a.attname, a.attstattarget)
      FROM pg_attribute AS a WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget <> -1
      UNION ALL
      SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', p_name, CASE v_parent.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
      WHERE v_parent.relreplident IN ('f', 'n')
      UNION ALL
      SELECT DISTINCT format('REVOKE ALL ON TABLE %s FROM %s CASCADE', p_name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
      FROM pg_class AS c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
      WHERE c.oid = to_regclass(p_name) AND a.grantee <> c.relowner LOOP
    EXECUTE v_statement;
  END LOOP;
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', p_table, p_name, p_lower, p_upper);
  IF v_parent.relreplident = 'i' THEN  -- its own part of the parent's index, which it has now
    v_statement := (
      SELECT format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', p_name, c.relname)
      FROM pg_index AS p JOIN pg_inherits AS i ON i.inhparent = p.indexrelid JOIN pg_index AS x ON x.indexrelid = i.inhrelid
      JOIN pg_class AS c ON c.oid = x.indexrelid
      WHERE p.indrelid = p_table AND p.indisreplident AND x.indrelid = to_regclass(p_name));
    IF v_statement IS NOT NULL THEN
      EXECUTE v_statement;
    END IF;
  END IF;
END $$;

-- True when public.message_events is partitioned by `salesflow partition convert`, and nothing else is at work on it or
-- on the schema: until the end of the transaction neither migrations nor `salesflow partition` begin.
CREATE FUNCTION salesflow.hold_partitions() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  IF to_regclass('salesflow.partitioned_tables') IS NOT NULL THEN
    EXECUTE 'SELECT state FROM salesflow.partitioned_tables WHERE table_name = ''public.message_events''' INTO v_state;
  END IF;
  RETURN coalesce(v_state = 'converted', false) AND pg_try_advisory_xact_lock(7237970109966541921);
END $$;

-- Makes the oldest month that is missing, and returns its name; NULL: none is missing, or a migration runs. It waits 5 s
-- for what stands in no client's way (vacuum, index builds), and 0.4 s for any other lock, less than a deadlock is waited
-- for, so that no client fails over it. Then it fails (lock_not_available), and nothing has changed.
CREATE FUNCTION salesflow.make_month_ahead(p_months integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '400ms' AS $$
DECLARE
  v_month record;
BEGIN
  IF p_months NOT BETWEEN 1 AND 24 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'months ahead must be 1..24';
  END IF;
  IF NOT salesflow.hold_partitions() THEN
    RETURN NULL;
  END IF;
  SELECT * INTO v_month FROM salesflow.missing_months('public.message_events'::regclass, p_months) LIMIT 1;
  IF FOUND THEN
    PERFORM set_config('lock_timeout', '5s', true);
    LOCK TABLE ONLY public.message_events IN SHARE UPDATE EXCLUSIVE MODE;
    PERFORM set_config('lock_timeout', '400ms', true);
    CALL salesflow.make_month('public.message_events'::regclass, v_month.name, v_month.lower, v_month.upper);
  END IF;
  RETURN v_month.name;
END $$;

-- A table that was found may belong to somebody of whom salesflow_owner is no member: then the functions that change it
-- act as whoever migrates, who is.
DO $$
BEGIN
  IF salesflow.acts_as_owner() AND current_user <> 'salesflow_owner'
     AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = to_regclass('public.message_events') AND NOT pg_has_role('salesflow_owner', c.relowner, 'USAGE')) THEN
    CALL salesflow.record('keeps owner', 'salesflow.make_month_ahead(integer)', 'SELECT');
  END IF;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.missing_months(regclass, integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.make_month_ahead(integer)', 'salesflow_worker');
