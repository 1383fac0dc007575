-- why: lists and boards show counts and sums that would take too long to compute for each request. One procedure makes
--      such a figure of a declaration: its tables, triggers, fold, recount and check are the same for all of them.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0030_base_rollups.down.sql
--
-- A roll-up `org_x` is a view over two tables: public.org_x_folded, one row a tenant and group, and public.org_x_deltas.
-- A statement that changes the source adds what it changed to the deltas, in its own transaction and without a row that
-- two writers want; the worker folds deltas in. The sum of the view's rows is exact in every snapshot, folded or not:
--   SELECT sum(deals) FROM org_x WHERE org_id = $1 AND stage = $2
-- A group whose measures are all 0 is dropped by the fold. Reasons and figures: docs/decisions/0037.
CREATE TABLE salesflow.rollups (
  name text PRIMARY KEY,
  source text NOT NULL,
  groups text[] NOT NULL,      -- the tenant's column, then the keys
  measures text[] NOT NULL,
  entries text NOT NULL,       -- what rows of a relation (%2$s) with a sign (%1$s) add, a SELECT
  counted_at timestamptz       -- when it was last held against its source
);
COMMENT ON TABLE salesflow.rollups IS 'Every roll-up there is, as salesflow.ensure_rollup made it.';

-- 'a, b' of the names, each behind p_before (an alias and a dot).
CREATE FUNCTION salesflow.rollup_list(p_names text[], p_before text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(p_before || quote_ident(n.name), ', ' ORDER BY n.nr) FROM unnest(p_names) WITH ORDINALITY AS n (name, nr)
$$;

-- The sums of entries, a SELECT, by group; those that are nothing are left out. Names its functions and operators with
-- their schema: it also runs under the search_path of writers.
CREATE FUNCTION salesflow.rollup_sums(p_rollup salesflow.rollups, p_entries text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('SELECT %1$s, %2$s FROM (%3$s) AS g GROUP BY %1$s HAVING %4$s',
                salesflow.rollup_list((p_rollup).groups, 'g.'), string_agg(s.sum, ', ' ORDER BY s.nr), p_entries,
                string_agg(s.sum || ' OPERATOR(pg_catalog.<>) 0', ' OR ' ORDER BY s.nr))
  FROM (SELECT format('pg_catalog.sum(g.%I)', m.name) AS sum, m.nr FROM unnest((p_rollup).measures) WITH ORDINALITY AS m (name, nr)) AS s
$$;

-- INSERT INTO the deltas of such sums.
CREATE FUNCTION salesflow.rollup_insert(p_rollup salesflow.rollups, p_entries text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('INSERT INTO public.%I (%s) %s', (p_rollup).name || '_deltas',
                salesflow.rollup_list((p_rollup).groups || (p_rollup).measures, ''), salesflow.rollup_sums(p_rollup, p_entries))
$$;

-- What the source holds and the roll-up does not, as entries; read in one statement they are of one instant.
CREATE FUNCTION salesflow.rollup_difference(p_rollup salesflow.rollups) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%s UNION ALL SELECT %s, %s FROM public.%I AS k', format((p_rollup).entries, 1, (p_rollup).source),
                salesflow.rollup_list((p_rollup).groups, 'k.'), salesflow.rollup_list((p_rollup).measures, '-k.'), (p_rollup).name)
$$;

-- The rows of a declaration as {name, type, expression}; a measure has no type.
CREATE FUNCTION salesflow.rollup_lines(p_text text) RETURNS SETOF text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_line text;
  v_parts text[];
BEGIN
  FOREACH v_line IN ARRAY regexp_split_to_array(p_text, '\s*\n\s*') LOOP
    CONTINUE WHEN v_line = '';
    v_parts := regexp_match(btrim(v_line), '^(\w+)(?:\s+(\w[^=]*?))?\s+=\s+(.+)$');
    IF v_parts IS NULL THEN
      RAISE EXCEPTION 'a line of a roll-up is "name = aggregate" or "name type = expression", not "%"', v_line;
    END IF;
    RETURN NEXT v_parts;
  END LOOP;
END $$;

-- What one row adds to a measure, before its sign: count(*) or sum(x), with FILTER (WHERE …) or without. NULL, NaN and the
-- infinities of a found column add nothing: one of them would stay in the sum for ever.
CREATE FUNCTION salesflow.rollup_addend(p_aggregate text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_parts text[] := regexp_match(p_aggregate, '^(count|sum)\s*\((.*?)\)(?:\s+FILTER\s+\(\s*WHERE\s+(.*)\))?$');
  v_value text := format('(%s)::numeric', v_parts[2]);
BEGIN
  IF v_parts[1] = 'count' AND v_parts[2] = '*' THEN
    RETURN CASE WHEN v_parts[3] IS NULL THEN '1' ELSE format('CASE WHEN %s THEN 1 ELSE 0 END', v_parts[3]) END;
  ELSIF v_parts[1] = 'sum' THEN
    RETURN format('CASE WHEN %s%s > ''-Infinity'' AND %2$s < ''Infinity'' THEN %2$s ELSE 0 END',
                  '(' || v_parts[3] || ') AND ', v_value);
  END IF;
  RAISE EXCEPTION 'a measure is count(*) or sum(…), with FILTER (WHERE …) or without, not "%"', p_aggregate;
END $$;

-- The triggers' function. Where the declaration holds no expression every name in it has its schema, so it needs no path
-- of its own, which would cost a writer some 5 µs a statement.
CREATE PROCEDURE salesflow.make_rollup_function(p_rollup salesflow.rollups, p_plain boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text := format('salesflow.%I()', 'rollup_' || p_rollup.name);
BEGIN
  EXECUTE format($f$
CREATE FUNCTION %1$s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER %2$s AS $b$
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    %3$s;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
    %4$s;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
    %5$s;
  ELSIF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed' THEN
    -- Deltas first: whoever folds them is waited for, and what was folded meanwhile is seen then.
    DELETE FROM public.%7$I;
    DELETE FROM public.%6$I;
  ELSE
    -- This transaction does not see all that was written before the source was emptied.
    TRUNCATE public.%7$I, public.%6$I;
  END IF;
  RETURN NULL;
END $b$ $f$, v_name, CASE WHEN NOT p_plain THEN 'SET search_path = pg_catalog, pg_temp' END,
    salesflow.rollup_insert(p_rollup, format(p_rollup.entries, 1, 'added')),
    salesflow.rollup_insert(p_rollup, format(p_rollup.entries, -1, 'removed')),
    CASE WHEN p_plain THEN salesflow.rollup_insert(p_rollup, format('SELECT * FROM (VALUES (NEW.%1$I, 1), (OLD.%1$I, -1)) AS r (%2$s) WHERE r.%1$I IS NOT NULL',
                             p_rollup.groups[1], salesflow.rollup_list(p_rollup.groups || p_rollup.measures, '')))
         ELSE salesflow.rollup_insert(p_rollup, format(p_rollup.entries, 1, 'added') || ' UNION ALL ' || format(p_rollup.entries, -1, 'removed')) END,
    p_rollup.name || '_folded', p_rollup.name || '_deltas');
  CALL salesflow.record('function', v_name, 'DROP FUNCTION ' || v_name);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_name);
  IF salesflow.acts_as_owner() THEN
    EXECUTE format('ALTER FUNCTION %s OWNER TO salesflow_owner', v_name);
  END IF;
END $$;

-- One roll-up of one tenant.
CREATE PROCEDURE salesflow.make_rollup(p_rollup salesflow.rollups, p_columns text, p_plain boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_view text := format('public.%I', p_rollup.name);
  v_tenant text := p_rollup.groups[1];
  v_names text := salesflow.rollup_list(p_rollup.groups || p_rollup.measures, '');
  v_table text;
  v_event text;
BEGIN
  INSERT INTO salesflow.rollups VALUES (p_rollup.*);
  CALL salesflow.record('rollup', p_rollup.name, format('DELETE FROM salesflow.rollups WHERE name = %L', p_rollup.name));
  FOREACH v_table IN ARRAY ARRAY[p_rollup.name || '_folded', p_rollup.name || '_deltas'] LOOP
    v_table := format('public.%I', v_table);
    CALL salesflow.ensure_own_table(v_table, p_columns);
    -- No column identifies a row; publications of all tables need something that does.
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', v_table);
    IF v_tenant = 'user_id' THEN
      CALL salesflow.ensure_user_policy(v_table);
    ELSE
      CALL salesflow.ensure_org_policy(v_table);
    END IF;
    CALL salesflow.ensure_grant('SELECT', 'TABLE ' || v_table, 'salesflow_app');
  END LOOP;
  CALL salesflow.ensure_index(format('public.%I', p_rollup.name || '_folded'), p_rollup.name || '_key',
    format('(%s) NULLS NOT DISTINCT', salesflow.rollup_list(p_rollup.groups, '')), true);
  CALL salesflow.ensure_index(format('public.%I', p_rollup.name || '_deltas'), p_rollup.name || '_unfolded', format('(%I)', v_tenant));
  -- Folding changes measures alone, in place; deltas live for seconds, and vacuum keeps up by rows, not by share.
  CALL salesflow.ensure_storage(format('public.%I', p_rollup.name || '_folded'), '{fillfactor=85}');
  CALL salesflow.ensure_storage(v_table,
    '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=5000,autovacuum_analyze_scale_factor=0,autovacuum_analyze_threshold=5000,vacuum_truncate=false}');
  -- A table without pages is planned to be read as a whole, and a prepared statement would go on doing so when it is full
  -- of rows that vacuum has yet to take away. So it has 16 pages from the beginning, and keeps them.
  EXECUTE format('INSERT INTO %s (%s) SELECT gen_random_uuid()%s FROM generate_series(1, 2500)', v_table,
                 salesflow.rollup_list(v_tenant || p_rollup.measures, ''), repeat(', 0', cardinality(p_rollup.measures)));
  EXECUTE 'DELETE FROM ' || v_table;
  EXECUTE format('CREATE VIEW %1$s WITH (security_invoker = true) AS SELECT %2$s FROM public.%3$I UNION ALL SELECT %2$s FROM public.%4$I',
                 v_view, v_names, p_rollup.name || '_folded', p_rollup.name || '_deltas');
  CALL salesflow.record('view', v_view, 'DROP VIEW ' || v_view);
  CALL salesflow.close_relation(v_view);
  CALL salesflow.ensure_grant('SELECT', 'TABLE ' || v_view, 'salesflow_app');
  CALL salesflow.make_rollup_function(p_rollup, p_plain);
  FOREACH v_event IN ARRAY '{INSERT,DELETE,UPDATE,TRUNCATE}'::text[] LOOP
    CALL salesflow.ensure_trigger(p_rollup.source, lower(format('salesflow_%s_%s', p_rollup.name, v_event)), 'AFTER ' || v_event, CASE
      -- A row that goes to another tenant, which nobody does every day: other updates pay nothing.
      WHEN v_event = 'UPDATE' AND p_plain THEN format('FOR EACH ROW WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I)', v_tenant)
      ELSE CASE v_event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS added ' WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS removed '
             WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS removed NEW TABLE AS added ' ELSE '' END || 'FOR EACH STATEMENT'
    END || format(' EXECUTE FUNCTION salesflow.%I()', 'rollup_' || p_rollup.name));
  END LOOP;
END $$;

-- Declares a figure that is kept; p_tenants, '{user_id}', '{org_id}' or both, make user_<name> and org_<name>. Rows without
-- the tenant count nowhere. What is declared already is left. Expressions are of the source's row r and of nothing else, not
-- even the time or a setting, and must not fail on anything that the source may hold: they run in its writers' statements.
--   p_measures  "name = count(*)" or "name = sum(expression)", each with FILTER (WHERE condition) or without, one a line
--   p_keys      "name type = expression", one a line: rows of equal keys are one group; NULL is a value like others
--   p_where     what rows count at all
--   p_distinct  "name type = expression", one a line: <roll-up>_<name> counts rows by tenant, keys and value; the different
--               values of a group are those with sum(rows) > 0
-- The source's rows of before count once `CALL salesflow.recount_rollup(…)` has run, in a later transaction than this.
CREATE PROCEDURE salesflow.ensure_rollup(p_name text, p_source text, p_tenants text[], p_measures text,
                                         p_keys text DEFAULT '', p_where text DEFAULT '', p_distinct text DEFAULT '')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rollup salesflow.rollups;
  v_tenant text;
  v_line text[];
  v_columns text;
  v_values text;
BEGIN
  FOREACH v_tenant IN ARRAY p_tenants LOOP
    v_rollup := (replace(v_tenant, '_id', '_') || p_name, p_source, ARRAY[v_tenant], '{}', '', NULL);
    CONTINUE WHEN EXISTS (SELECT FROM salesflow.rollups AS r WHERE r.name = v_rollup.name);
    v_columns := format('%I uuid NOT NULL', v_tenant);
    v_values := format('r.%I AS %1$I', v_tenant);
    FOR v_line IN SELECT l FROM salesflow.rollup_lines(p_keys) AS l LOOP
      v_rollup.groups := v_rollup.groups || v_line[1];
      v_columns := v_columns || format(E'\n%I %s', v_line[1], v_line[2]);
      v_values := v_values || format(', (%s)::%s AS %I', replace(v_line[3], '%', '%%'), v_line[2], v_line[1]);
    END LOOP;
    FOR v_line IN SELECT l FROM salesflow.rollup_lines(p_measures) AS l LOOP
      v_rollup.measures := v_rollup.measures || v_line[1];
      v_columns := v_columns || format(E'\n%I %s NOT NULL', v_line[1], CASE WHEN v_line[3] LIKE 'sum%' THEN 'numeric' ELSE 'bigint' END);
      v_line[3] := salesflow.rollup_addend(v_line[3]);
      v_values := v_values || format(', %%1$s%s AS %I', CASE WHEN v_line[3] <> '1' THEN ' * ' || replace(v_line[3], '%', '%%') END, v_line[1]);
    END LOOP;
    v_rollup.entries := format('SELECT %s FROM %%2$s AS r WHERE r.%I IS NOT NULL%s', v_values, v_tenant, replace(' AND (' || nullif(p_where, '') || ')', '%', '%%'));
    CALL salesflow.make_rollup(v_rollup, v_columns, p_keys = '' AND p_where = '' AND btrim(p_measures) ~ '^\w+ = count\(\*\)$');
  END LOOP;
  FOR v_line IN SELECT l FROM salesflow.rollup_lines(p_distinct) AS l LOOP
    CALL salesflow.ensure_rollup(p_name || '_' || v_line[1], p_source, p_tenants, 'rows = count(*)',
      p_keys || format(E'\nvalue %s = %s', v_line[2], v_line[3]), concat_ws(' AND ', format('(%s) IS NOT NULL', v_line[3]), '(' || nullif(p_where, '') || ')'));
  END LOOP;
END $$;

-- Adds what a roll-up and its source differ by, in one statement: a row that its snapshot does not hold has a delta that it
-- does not hold either, so it is exact beside running writers and locks none out. For what was found, and for repair.
CREATE PROCEDURE salesflow.recount_rollup(p_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rollup salesflow.rollups;
BEGIN
  -- One at a time: two would add the same difference.
  UPDATE salesflow.rollups AS r SET counted_at = now() WHERE r.name = p_name RETURNING r.* INTO v_rollup;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no roll-up %', p_name;
  END IF;
  EXECUTE salesflow.rollup_insert(v_rollup, salesflow.rollup_difference(v_rollup));
END $$;

-- How many groups of each roll-up are not what its source says, all seen in one snapshot; 0 everywhere, also beside
-- writers and folds. Reads every source once.
CREATE FUNCTION salesflow.verify_rollups() RETURNS TABLE (name text, wrong_groups bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rollup salesflow.rollups;
BEGIN
  FOR v_rollup IN SELECT * FROM salesflow.rollups AS r ORDER BY r.name LOOP
    name := v_rollup.name;
    EXECUTE format('SELECT count(*) FROM (%s) AS d', salesflow.rollup_sums(v_rollup, salesflow.rollup_difference(v_rollup))) INTO wrong_groups;
    RETURN NEXT;
  END LOOP;
END $$;

-- Folds up to p_deltas deltas of each roll-up into the rows of their groups, and touches no other; returns how many it
-- took. Two at once share the work.
CREATE FUNCTION salesflow.fold_rollups(p_deltas integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rollup salesflow.rollups;
  v_taken bigint;
  v_folded bigint := 0;
  v_empty tid[];
BEGIN
  FOR v_rollup IN SELECT * FROM salesflow.rollups AS r ORDER BY r.name LOOP
    EXECUTE format($q$
      WITH taken AS (
        DELETE FROM public.%1$I AS d WHERE d.ctid = ANY (ARRAY(SELECT t.ctid FROM public.%1$I AS t LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING d.*
      ), kept AS (
        INSERT INTO public.%2$I AS f (%3$s) %4$s ORDER BY %5$s
        ON CONFLICT (%5$s) DO UPDATE SET %6$s
        RETURNING f.ctid AS place, %7$s AS is_empty
      )
      SELECT (SELECT count(*) FROM taken), array_agg(k.place) FILTER (WHERE k.is_empty) FROM kept AS k $q$,
      v_rollup.name || '_deltas', v_rollup.name || '_folded', salesflow.rollup_list(v_rollup.groups || v_rollup.measures, ''),
      salesflow.rollup_sums(v_rollup, 'SELECT * FROM taken'), salesflow.rollup_list(v_rollup.groups, ''),
      (SELECT string_agg(format('%1$I = f.%1$I + excluded.%1$I', m), ', ') FROM unnest(v_rollup.measures) AS m),
      (SELECT string_agg(format('f.%I = 0', m), ' AND ') FROM unnest(v_rollup.measures) AS m))
    INTO v_taken, v_empty USING p_deltas;
    -- Nobody else can have changed these rows: this transaction holds them.
    IF v_empty IS NOT NULL THEN
      EXECUTE format('DELETE FROM public.%I AS f WHERE f.ctid = ANY ($1)', v_rollup.name || '_folded') USING v_empty;
    END IF;
    v_folded := v_folded + v_taken;
  END LOOP;
  RETURN v_folded;
END $$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.fold_rollups(integer)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.verify_rollups()', 'salesflow_worker');
