-- why: operators see whether kept figures (migrations 0030, 0031) are up to date and right, repair one by its name, and
--      read what the service itself found when it held live answers against their rows.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/proof
-- undo: 0091_base_figures.down.sql

-- What the last verify found.
CREATE TABLE salesflow.figure_checks (
  name text PRIMARY KEY,
  wrong bigint NOT NULL,       -- groups of a roll-up, rows of a summary
  checked_at timestamptz NOT NULL
);
COMMENT ON TABLE salesflow.figure_checks IS 'How many groups or rows of each kept figure were wrong when salesflow.verify_figures() last looked.';

-- Live answers held against their rows, of all nodes, by day.
CREATE TABLE salesflow.proofs (
  kind text CHECK (length(kind) BETWEEN 1 AND 63),
  day date,
  checked bigint NOT NULL,
  skipped bigint NOT NULL,
  wrong bigint NOT NULL,
  wrong_at timestamptz,        -- the last time
  PRIMARY KEY (kind, day)
);
COMMENT ON TABLE salesflow.proofs IS 'How many live answers of each kind were held against their rows, and how many were wrong; by day of UTC.';

-- Adds a node's counts since it last did.
CREATE FUNCTION salesflow.add_proofs(p_kinds text[], p_checked bigint[], p_skipped bigint[], p_wrong bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH added AS (
    INSERT INTO salesflow.proofs AS p (kind, day, checked, skipped, wrong, wrong_at)
    SELECT n.kind, timezone('UTC', now())::date, n.checked, n.skipped, n.wrong, CASE WHEN n.wrong > 0 THEN now() END
    FROM unnest(p_kinds, p_checked, p_skipped, p_wrong) AS n (kind, checked, skipped, wrong) ORDER BY n.kind
    ON CONFLICT (kind, day) DO UPDATE
    SET checked = p.checked + excluded.checked, skipped = p.skipped + excluded.skipped, wrong = p.wrong + excluded.wrong,
        wrong_at = coalesce(excluded.wrong_at, p.wrong_at)
    RETURNING 1
  )
  SELECT count(*) FROM added
$$;

-- Of the last p_days days, each kind together.
CREATE FUNCTION salesflow.list_proofs(p_days integer) RETURNS TABLE (kind text, checked bigint, skipped bigint, wrong bigint, wrong_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.kind, sum(p.checked)::bigint, sum(p.skipped)::bigint, sum(p.wrong)::bigint, max(p.wrong_at)
  FROM salesflow.proofs AS p WHERE p.day > timezone('UTC', now())::date - p_days GROUP BY p.kind ORDER BY p.kind
$$;

-- Triggers that keep figures and do not fire, each with the statement that mends it. What was written meanwhile counts
-- once the figure is rebuilt.
CREATE FUNCTION salesflow.list_trigger_faults() RETURNS TABLE (figure text, source text, name text, fault text, mend text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH kept AS (
    -- The function of a plain count has no search_path of its own, and its update trigger goes by row (0030).
    SELECT r.name, r.source, 'rollup_' || r.name AS function, r.groups[1] AS tenant,
           (SELECT p.proconfig IS NULL FROM pg_proc AS p WHERE p.pronamespace = 'salesflow'::regnamespace AND p.proname = ('rollup_' || r.name)::name) AS is_plain
    FROM salesflow.rollups AS r
    UNION ALL
    SELECT l.name, l.source, 'invalidate_' || l.name, NULL, false FROM salesflow.invalidation_logs AS l
  ), expected AS (
    SELECT k.*, e.event, lower(format('salesflow_%s_%s', k.name, e.event))::name AS trigger
    FROM kept AS k CROSS JOIN unnest('{INSERT,DELETE,UPDATE,TRUNCATE}'::text[]) AS e (event)
  )
  SELECT e.name, e.source, e.trigger::text, CASE WHEN t.oid IS NULL THEN 'missing' ELSE 'disabled' END,
         CASE WHEN t.oid IS NOT NULL THEN format('ALTER TABLE %s ENABLE TRIGGER %I', e.source, e.trigger)
              ELSE format('CREATE TRIGGER %I AFTER %s ON %s %sEXECUTE FUNCTION salesflow.%I()', e.trigger, e.event, e.source,
                CASE WHEN e.event = 'UPDATE' AND e.is_plain THEN format('FOR EACH ROW WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I) ', e.tenant)
                     ELSE CASE e.event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS added ' WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS removed '
                            WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS removed NEW TABLE AS added ' ELSE '' END || 'FOR EACH STATEMENT ' END,
                e.function) END
  FROM expected AS e
  LEFT JOIN pg_trigger AS t ON t.tgrelid = to_regclass(e.source) AND t.tgname = e.trigger AND NOT t.tgisinternal
  WHERE t.oid IS NULL OR t.tgenabled IN ('D', 'R')
  ORDER BY e.source, e.trigger
$$;

-- Every kept figure: roll-ups, summaries, and the invalidation logs of summaries. `rows` is counted where there are few,
-- estimated where there are more than 100,000; `waiting` are deltas that are not folded or entries that are not worked
-- off, counted to 100,001. When the oldest of them was written is only known where PostgreSQL tracks commit times.
CREATE FUNCTION salesflow.list_figures()
RETURNS TABLE (name text, kind text, source text, log text, rows bigint, waiting bigint, waiting_since timestamptz, job text,
               last_run_at timestamptz, last_success_at timestamptz, wrong bigint, verified_at timestamptz, rebuilt_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_table text;
  v_waits text;
BEGIN
  FOR name, kind, source, log, job, rebuilt_at, v_table, v_waits IN
      SELECT r.name, 'roll-up', r.source, NULL, 'fold_rollups', r.counted_at, r.name || '_folded', r.name || '_deltas' FROM salesflow.rollups AS r
      UNION ALL
      SELECT s.name, 'summary', l.source, s.log, 'refresh_summaries', NULL, s.name, NULL
      FROM salesflow.summaries AS s JOIN salesflow.invalidation_logs AS l ON l.name = s.log
      UNION ALL
      SELECT l.name, 'log', l.source, l.name, 'refresh_summaries', NULL, NULL, l.name FROM salesflow.invalidation_logs AS l
      ORDER BY 2, 1 LOOP
    rows := NULL;
    waiting := NULL;
    waiting_since := NULL;
    IF v_table IS NOT NULL THEN
      rows := (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = to_regclass(format('public.%I', v_table)));
      IF rows <= 100000 THEN
        EXECUTE format('SELECT count(*) FROM (SELECT FROM public.%I LIMIT 100001) AS t', v_table) INTO rows;
      END IF;
    END IF;
    IF v_waits IS NOT NULL THEN
      EXECUTE format('SELECT count(*)%s FROM (SELECT t.xmin AS writer FROM public.%I AS t LIMIT 100001) AS t',
                     CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN ', min(pg_xact_commit_timestamp(t.writer))' ELSE ', NULL' END, v_waits)
      INTO waiting, waiting_since;
    END IF;
    SELECT j.last_success_at INTO last_success_at FROM salesflow.job_leases AS j WHERE j.name = list_figures.job;
    last_run_at := (SELECT coalesce(j.ended_at, j.started_at) FROM salesflow.job_runs AS j WHERE j.name = list_figures.job ORDER BY j.id DESC LIMIT 1);
    wrong := NULL;
    verified_at := NULL;
    SELECT c.wrong, c.checked_at INTO wrong, verified_at FROM salesflow.figure_checks AS c WHERE c.name = list_figures.name;
    RETURN NEXT;
  END LOOP;
END $$;

-- Holds every roll-up and summary against its source in one snapshot and notes what it found, with the statement that
-- mends what is wrong. Reads every source.
CREATE FUNCTION salesflow.verify_figures() RETURNS TABLE (name text, kind text, wrong bigint, mend text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  FOR name, kind, wrong, mend IN
      SELECT v.name, 'roll-up', v.wrong_groups, format('CALL salesflow.recount_rollup(%L)', v.name) FROM salesflow.verify_rollups() AS v
      UNION ALL
      SELECT v.name, 'summary', v.wrong_rows, format('CALL salesflow.invalidate(%L)', s.log)
      FROM salesflow.verify_summaries() AS v JOIN salesflow.summaries AS s ON s.name = v.name LOOP
    IF wrong = 0 THEN
      mend := NULL;
    END IF;
    INSERT INTO salesflow.figure_checks AS c VALUES (verify_figures.name, verify_figures.wrong, now())
    ON CONFLICT ON CONSTRAINT figure_checks_pkey DO UPDATE SET wrong = excluded.wrong, checked_at = excluded.checked_at;
    RETURN NEXT;
  END LOOP;
END $$;

-- Begins to make a figure anew, beside running writers: a roll-up is exact when this has committed, the summaries of a log
-- are at any time. Returns what is to be worked off then. NULL kind: there is no such figure.
CREATE FUNCTION salesflow.rebuild_figure(p_name text) RETURNS TABLE (kind text, log text, waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  log := coalesce((SELECT l.name FROM salesflow.invalidation_logs AS l WHERE l.name = p_name), (SELECT s.log FROM salesflow.summaries AS s WHERE s.name = p_name));
  IF EXISTS (SELECT FROM salesflow.rollups AS r WHERE r.name = p_name) THEN
    kind := 'roll-up';
    CALL salesflow.recount_rollup(p_name);
    EXECUTE format('SELECT count(*) FROM public.%I', p_name || '_deltas') INTO waiting;
  ELSIF log IS NOT NULL THEN
    kind := 'summary';
    CALL salesflow.invalidate(log);
    EXECUTE format('SELECT count(*) FROM public.%I', log) INTO waiting;
  END IF;
  RETURN NEXT;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.add_proofs(text[], bigint[], bigint[], bigint[])', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_proofs(integer)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_trigger_faults()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_figures()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_proofs(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_trigger_faults()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_figures()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.verify_figures()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.rebuild_figure(text)', 'salesflow_worker');
