-- why: dashboards need figures that are no sums: different people, first and last use, who answered what. A summary keeps
--      them by day or by contact; a writer only notes which keys it touched (docs/decisions/0047).
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0031_base_summaries.down.sql
--
-- A summary is a table of what a query says about each key. A statement that changes the source adds the keys of the rows
-- that it changed to an invalidation log, in its own transaction and without a row that two writers want. The worker takes
-- keys out of the log and computes their rows anew, in one transaction. So in every snapshot a key without an entry in
-- the log has the rows that the query would give, and a reader asks the query itself about the few others:
--   SELECT … FROM summary AS s WHERE NOT EXISTS (SELECT FROM log AS l WHERE l.key = s.key)
--   UNION ALL the query, for keys that stand in the log
CREATE TABLE salesflow.invalidation_logs (
  name text PRIMARY KEY,
  source text NOT NULL,
  keys text[] NOT NULL,       -- the log's columns
  entries text NOT NULL,      -- the keys of rows of a relation (%s), a SELECT without DISTINCT
  watched text NOT NULL,      -- with what an update must change to count, a list of expressions behind the keys, or ''
  prepare text NOT NULL       -- a statement over v_taken that runs before summaries are computed, or ''
);
COMMENT ON TABLE salesflow.invalidation_logs IS 'Every invalidation log there is, as salesflow.ensure_invalidation_log made it.';
CREATE TABLE salesflow.summaries (
  name text PRIMARY KEY,
  log text NOT NULL REFERENCES salesflow.invalidation_logs (name),
  keys text[] NOT NULL,       -- columns of the log and of the summary; a row of the log where one is NULL is not of this summary
  columns text[] NOT NULL,    -- all columns, in the query's order
  query text NOT NULL         -- the rows of keys in a relation (%s, its alias k), a SELECT
);
COMMENT ON TABLE salesflow.summaries IS 'Every summary there is, as salesflow.ensure_summary made it.';

-- a.x = b.x AND … for each name.
CREATE FUNCTION salesflow.same_keys(p_names text[], p_one text, p_other text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format('%s.%I OPERATOR(pg_catalog.=) %s.%2$I', p_one, n.name, p_other), ' AND ' ORDER BY n.nr)
  FROM unnest(p_names) WITH ORDINALITY AS n (name, nr)
$$;

-- The summary's keys of a relation that has the log's columns.
CREATE FUNCTION salesflow.summary_keys(p_summary salesflow.summaries, p_relation text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('SELECT DISTINCT %s FROM %s WHERE %s', salesflow.rollup_list((p_summary).keys, 'c.'), p_relation,
                (SELECT string_agg(format('c.%I IS NOT NULL', n), ' AND ') FROM unnest((p_summary).keys) AS n))
$$;

-- Makes an invalidation log of a source, with its triggers. Every name in an expression has its schema, every operator too:
-- they run under the search_path of writers, since a function with one of its own costs some 5 µs a statement.
--   p_keys     "name type = expression", one a line, over the source's row r; columns named user_id and org_id are tenants
--   p_where    rows that count at all
--   p_watched  "expression", one a line: an update that changes neither keys nor these is not noted; '' notes all
--   p_prepare  a statement that the worker runs over the rows it took, v_taken, before it computes
CREATE PROCEDURE salesflow.ensure_invalidation_log(p_name text, p_source text, p_keys text, p_where text DEFAULT '',
                                                   p_watched text DEFAULT '', p_prepare text DEFAULT '')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log salesflow.invalidation_logs := (p_name, p_source, '{}', '', '', p_prepare);
  v_table text := format('public.%I', p_name);
  v_function text := format('salesflow.%I()', 'invalidate_' || p_name);
  v_line text[];
  v_columns text := '';
  v_values text := '';
  v_tenants text[];
  v_wall text;
  v_into text;
  v_changed text;
  v_event text;
  v_column text;
BEGIN
  IF EXISTS (SELECT FROM salesflow.invalidation_logs AS l WHERE l.name = p_name) THEN
    RETURN;
  END IF;
  FOR v_line IN SELECT l FROM salesflow.rollup_lines(p_keys) AS l LOOP
    v_log.keys := v_log.keys || v_line[1];
    v_columns := v_columns || format(E'\n%I %s', v_line[1], v_line[2]);
    v_values := v_values || format(', (%s) AS %I', replace(v_line[3], '%', '%%'), v_line[1]);
  END LOOP;
  v_tenants := ARRAY(SELECT t FROM unnest('{user_id,org_id}'::text[]) AS t WHERE t = ANY (v_log.keys));
  v_wall := array_to_string(ARRAY(SELECT format('%I = (SELECT nullif(current_setting(%L, true), '''')::uuid)', t, 'app.' || t) FROM unnest(v_tenants) AS t), ' OR ');
  v_log.entries := format('SELECT %s FROM %%s AS r WHERE %s', substr(v_values, 3), coalesce(replace(nullif(p_where, ''), '%', '%%'), 'true'));
  v_log.watched := coalesce(', ' || nullif(array_to_string(ARRAY(SELECT format('(%s)::pg_catalog.text AS w%s', replace(btrim(w.line), '%', '%%'), w.nr)
    FROM regexp_split_to_table(p_watched, '\n') WITH ORDINALITY AS w (line, nr) WHERE btrim(w.line) <> ''), ', '), ''), '');
  INSERT INTO salesflow.invalidation_logs VALUES (v_log.*);
  CALL salesflow.record('invalidation log', p_name, format('DELETE FROM salesflow.invalidation_logs WHERE name = %L', p_name));
  CALL salesflow.ensure_own_table(v_table, v_columns);
  CALL salesflow.ensure_tenant_policy(v_table, v_wall);
  CALL salesflow.ensure_grant('SELECT', 'TABLE ' || v_table, 'salesflow_app');
  FOREACH v_column IN ARRAY v_tenants LOOP
    CALL salesflow.ensure_index(v_table, p_name || '_' || replace(v_column, '_id', ''), format('(%I)', v_column));
  END LOOP;
  CALL salesflow.ensure_storage(v_table,
    '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=5000,autovacuum_analyze_scale_factor=0,autovacuum_analyze_threshold=5000,vacuum_truncate=false}');
  -- It has pages from the beginning, so that no prepared statement is planned to read it as a whole (see 0030).
  EXECUTE format('INSERT INTO %s (%I) SELECT gen_random_uuid() FROM generate_series(1, 3500)', v_table, v_tenants[1]);
  EXECUTE 'DELETE FROM ' || v_table;
  -- A single row, which is what most writers write, is not made distinct: 5 µs less.
  v_into := format('INSERT INTO %s (%s) ', v_table, salesflow.rollup_list(v_log.keys, ''));
  v_changed := format('SELECT DISTINCT %1$s FROM ((%2$s EXCEPT ALL %3$s) UNION ALL (%3$s EXCEPT ALL %2$s)) AS c', salesflow.rollup_list(v_log.keys, 'c.'),
                      format(replace(v_log.entries, ' FROM %s', v_log.watched || ' FROM %s'), 'removed'),
                      format(replace(v_log.entries, ' FROM %s', v_log.watched || ' FROM %s'), 'added'));
  EXECUTE format($f$
CREATE FUNCTION %1$s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $b$
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    %2$s AND (SELECT true FROM added OFFSET 1 LIMIT 1) IS NULL;
    IF NOT FOUND THEN
      %3$s;
    END IF;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
    %4$s;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
    %5$s;
  ELSE
    CALL salesflow.empty_summaries(%6$L);
  END IF;
  RETURN NULL;
END $b$ $f$, v_function,
    v_into || format(v_log.entries, 'added'),
    v_into || replace(format(v_log.entries, 'added'), 'SELECT ', 'SELECT DISTINCT '),
    v_into || replace(format(v_log.entries, 'removed'), 'SELECT ', 'SELECT DISTINCT '),
    v_into || CASE WHEN p_watched = '' THEN format('%s UNION %s', format(v_log.entries, 'removed'), format(v_log.entries, 'added')) ELSE v_changed END,
    p_name);
  CALL salesflow.record('function', v_function, 'DROP FUNCTION ' || v_function);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
  IF salesflow.acts_as_owner() THEN
    EXECUTE format('ALTER FUNCTION %s OWNER TO salesflow_owner', v_function);
  END IF;
  FOREACH v_event IN ARRAY '{INSERT,DELETE,UPDATE,TRUNCATE}'::text[] LOOP
    CALL salesflow.ensure_trigger(p_source, lower(format('salesflow_%s_%s', p_name, v_event)), 'AFTER ' || v_event,
      CASE v_event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS added ' WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS removed '
        WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS removed NEW TABLE AS added ' ELSE '' END
      || 'FOR EACH STATEMENT EXECUTE FUNCTION ' || v_function);
  END LOOP;
END $$;

-- What a TRUNCATE of the source does: nothing is left of it. In READ COMMITTED the log goes first: whoever takes keys out of
-- it is waited for, and what was computed meanwhile is seen then. Other transactions do not see all that was written before.
CREATE PROCEDURE salesflow.empty_summaries(p_log text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  FOR v_table IN SELECT t.name FROM (SELECT p_log AS name, 0 AS nr UNION ALL SELECT s.name, 1 FROM salesflow.summaries AS s WHERE s.log = p_log) AS t
                 ORDER BY t.nr, t.name LOOP
    EXECUTE format(CASE WHEN current_setting('transaction_isolation') = 'read committed' THEN 'DELETE FROM public.%I' ELSE 'TRUNCATE public.%I' END, v_table);
  END LOOP;
END $$;
REVOKE ALL ON PROCEDURE salesflow.empty_summaries(text) FROM PUBLIC;

-- Declares a summary over a log. What is declared already is left.
--   p_keys     its keys: columns of the log, a tenant first
--   p_columns  "name type", one a line: all columns in the query's order, keys among them
--   p_unique   what identifies a row, with the keys
--   p_query    the rows of the keys in relation k; must not fail on anything that the source may hold
CREATE PROCEDURE salesflow.ensure_summary(p_name text, p_log text, p_keys text[], p_columns text, p_unique text[], p_query text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_summary salesflow.summaries := (p_name, p_log, p_keys, '{}', replace(replace(p_query, '%', '%%'), ':keys', '%1$s'));
  v_table text := format('public.%I', p_name);
BEGIN
  IF EXISTS (SELECT FROM salesflow.summaries AS s WHERE s.name = p_name) THEN
    RETURN;
  END IF;
  v_summary.columns := ARRAY(SELECT (regexp_match(btrim(c.line), '^(\w+)'))[1] FROM regexp_split_to_table(p_columns, '\n') WITH ORDINALITY AS c (line, nr)
                             WHERE btrim(c.line) <> '' ORDER BY c.nr);
  INSERT INTO salesflow.summaries VALUES (v_summary.*);
  CALL salesflow.record('summary', p_name, format('DELETE FROM salesflow.summaries WHERE name = %L', p_name));
  CALL salesflow.ensure_own_table(v_table, p_columns);
  CALL salesflow.ensure_index(v_table, p_name || '_key', format('(%s) NULLS NOT DISTINCT', salesflow.rollup_list(p_unique, '')), true);
  IF p_keys[1] = 'user_id' THEN
    CALL salesflow.ensure_user_policy(v_table);
  ELSE
    CALL salesflow.ensure_org_policy(v_table);
  END IF;
  CALL salesflow.ensure_grant('SELECT', 'TABLE ' || v_table, 'salesflow_app');
  CALL salesflow.ensure_storage(v_table, '{autovacuum_vacuum_scale_factor=0.02,autovacuum_vacuum_threshold=2000,autovacuum_analyze_scale_factor=0.02}');
END $$;

-- Makes the function that refreshes a log's summaries, once all are declared: salesflow.refresh_<log>(p_entries) takes up
-- to so many entries out of the log and computes the keys that have no other; returns how many it took, 0 also while another one is at it.
CREATE PROCEDURE salesflow.make_refresh(p_log text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log salesflow.invalidation_logs := (SELECT l FROM salesflow.invalidation_logs AS l WHERE l.name = p_log);
  v_function text := format('salesflow.%I(integer)', 'refresh_' || p_log);
  v_summary salesflow.summaries;
  v_body text := '';
BEGIN
  IF salesflow.made('function', v_function) THEN
    RETURN;
  END IF;
  FOR v_summary IN SELECT * FROM salesflow.summaries AS s WHERE s.log = p_log ORDER BY s.name LOOP
    v_body := v_body || format($f$
  WITH k AS MATERIALIZED (
    SELECT * FROM (%1$s) AS c WHERE NOT EXISTS (SELECT FROM public.%2$I AS l WHERE %3$s)
  ), gone AS (
    DELETE FROM public.%4$I AS s USING k WHERE %5$s RETURNING 1
  )
  INSERT INTO public.%4$I (%6$s) SELECT q.* FROM (%7$s) AS q WHERE (SELECT count(*) FROM gone) >= 0;$f$,
      salesflow.summary_keys(v_summary, 'unnest(v_taken) AS c'), p_log, salesflow.same_keys(v_summary.keys, 'l', 'c'), v_summary.name,
      salesflow.same_keys(v_summary.keys, 's', 'k'), salesflow.rollup_list(v_summary.columns, ''), format(v_summary.query, 'k'));
  END LOOP;
  EXECUTE format($f$
CREATE FUNCTION %1$s RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $b$
#variable_conflict use_column
DECLARE
  v_count bigint;
  v_taken public.%2$I[];
BEGIN
  -- Without waiting: whoever holds it may wait for our snapshot.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('salesflow.refresh:%2$s', 0)) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM public.%2$I AS l WHERE l.ctid = ANY (ARRAY(SELECT t.ctid FROM public.%2$I AS t LIMIT $1)) RETURNING l.*
  ), counted AS (
    SELECT t.*, count(*) AS entries FROM taken AS t GROUP BY %3$s
  )
  SELECT coalesce(sum(c.entries), 0), array_agg(ROW(%4$s)::public.%2$I) INTO v_count, v_taken FROM counted AS c;
  IF v_count = 0 THEN
    RETURN 0;
  END IF;
  %5$s%6$s
  RETURN v_count;
END $b$ $f$, replace(v_function, '(integer)', '(p_entries integer)'), p_log, salesflow.rollup_list(v_log.keys, 't.'), salesflow.rollup_list(v_log.keys, 'c.'),
    v_log.prepare || CASE WHEN v_log.prepare <> '' THEN ';' ELSE '' END, v_body);
  CALL salesflow.record('function', v_function, 'DROP FUNCTION ' || v_function);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
  IF salesflow.acts_as_owner() THEN
    EXECUTE format('ALTER FUNCTION %s OWNER TO salesflow_owner', v_function);
  END IF;
END $$;

-- Takes up to p_entries entries out of each log; how many there were.
CREATE FUNCTION salesflow.refresh_summaries(p_entries integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log text;
  v_taken bigint;
  v_all bigint := 0;
BEGIN
  FOR v_log IN SELECT l.name FROM salesflow.invalidation_logs AS l ORDER BY l.name LOOP
    EXECUTE format('SELECT salesflow.%I($1)', 'refresh_' || v_log) INTO v_taken USING p_entries;
    v_all := v_all + v_taken;
  END LOOP;
  RETURN v_all;
END $$;

-- How many entries each log holds, counted to p_limit; for the worker's look and for metrics.
CREATE FUNCTION salesflow.list_invalidations(p_limit integer) RETURNS TABLE (name text, entries bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  FOR name IN SELECT l.name FROM salesflow.invalidation_logs AS l ORDER BY 1 LOOP
    EXECUTE format('SELECT count(*) FROM (SELECT FROM public.%I LIMIT $1) AS e', name) INTO entries USING p_limit;
    RETURN NEXT;
  END LOOP;
END $$;

-- Puts every key of the source and of its summaries into the log: their rows are not used any more, and computed anew by
-- the worker, beside writers. This is how found rows are taken in, and how a summary is repaired.
CREATE PROCEDURE salesflow.invalidate(p_log text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log salesflow.invalidation_logs := (SELECT l FROM salesflow.invalidation_logs AS l WHERE l.name = p_log);
  v_kept text;
BEGIN
  IF v_log.name IS NULL THEN
    RAISE EXCEPTION 'there is no invalidation log %', p_log;
  END IF;
  CALL salesflow.invalidate_rows(p_log, v_log.source);
  FOR v_kept IN SELECT format('INSERT INTO public.%I (%s) SELECT DISTINCT %2$s FROM public.%I', p_log, salesflow.rollup_list(s.keys, ''), s.name)
                FROM salesflow.summaries AS s WHERE s.log = p_log LOOP
    EXECUTE v_kept;
  END LOOP;
END $$;

-- The same for the rows of a relation with the source's columns, as of a partition that is about to be attached or has
-- been detached: triggers do not see that.
CREATE PROCEDURE salesflow.invalidate_rows(p_log text, p_relation text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log salesflow.invalidation_logs := (SELECT l FROM salesflow.invalidation_logs AS l WHERE l.name = p_log);
BEGIN
  EXECUTE format('INSERT INTO public.%I (%s) %s', p_log, salesflow.rollup_list(v_log.keys, ''),
                 replace(format(v_log.entries, p_relation), 'SELECT ', 'SELECT DISTINCT '));
END $$;

-- How many rows of each summary are not what its query says, all seen in one snapshot; 0 everywhere, also beside writers
-- and refreshes. Reads every source once.
CREATE FUNCTION salesflow.verify_summaries() RETURNS TABLE (name text, wrong_rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_summary salesflow.summaries;
  v_log salesflow.invalidation_logs;
BEGIN
  FOR v_summary IN SELECT * FROM salesflow.summaries AS s ORDER BY s.name LOOP
    v_log := (SELECT l FROM salesflow.invalidation_logs AS l WHERE l.name = v_summary.log);
    name := v_summary.name;
    EXECUTE format($q$
      WITH k AS MATERIALIZED (
        SELECT * FROM (%1$s UNION SELECT %2$s FROM public.%3$I) AS c WHERE NOT EXISTS (SELECT FROM public.%4$I AS l WHERE %5$s)
      ), said AS MATERIALIZED (
        SELECT %6$s FROM public.%3$I AS s JOIN k ON %7$s
      ), computed AS MATERIALIZED (
        %8$s
      )
      SELECT count(*) FROM ((TABLE said EXCEPT ALL TABLE computed) UNION ALL (TABLE computed EXCEPT ALL TABLE said)) AS d $q$,
      salesflow.summary_keys(v_summary, format('(%s) AS c', format(v_log.entries, v_log.source))), salesflow.rollup_list(v_summary.keys, ''), v_summary.name,
      v_log.name, salesflow.same_keys(v_summary.keys, 'l', 'c'), salesflow.rollup_list(v_summary.columns, 's.'), salesflow.same_keys(v_summary.keys, 's', 'k'),
      format(v_summary.query, 'k'))
    INTO wrong_rows;
    RETURN NEXT;
  END LOOP;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.refresh_summaries(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_invalidations(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.verify_summaries()', 'salesflow_worker');
