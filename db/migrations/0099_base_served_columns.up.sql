-- why: a found column may hold NULLs where a table of ours has none, or have another type. What a request reads, filters
--      and sorts by then is a view in schema salesflow_app, which that role's search_path ("$user", public) finds before
--      public: each such column in our type, with the documented default where it is NULL; NaN and infinite numbers, for
--      which JSON has none, as NULLs are. Tables of ours, and found ones that need nothing, get no view. Last of base, so that it sees every column. Reasons: docs/decisions/0020.
-- phase: base
-- transaction: one
-- lock: ACCESS SHARE on found tables
-- owner: platform/migrations
-- undo: 0099_base_served_columns.down.sql
--
-- Statements write to public.<table>; reading, they name no schema. An index of a migration takes the same expressions
-- as the view (the runner asks served_columns), so that plans stay what they are on our own tables. CASE and not
-- coalesce(): only the first is known to be leakproof, without which row level security keeps it from being an index
-- condition.
--   expression   what the view shows
--   in_indexes   an index may hold it: immutable, and nothing but a default
CREATE TABLE salesflow.served_columns (
  table_name text NOT NULL,
  column_name text NOT NULL,
  expression text NOT NULL,
  in_indexes boolean NOT NULL,
  PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE salesflow.served_columns IS
  'Columns of found tables that are served as an expression: NULLs by their default, other types as ours.';

-- Text of a found column as what our column holds; NULL where it is none.
CREATE FUNCTION salesflow.text_as(p_text text, p_like anyelement) RETURNS anyelement
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' AS $$
DECLARE
  v_value ALIAS FOR $0;
BEGIN
  v_value := nullif(btrim(p_text), '');
  IF v_value::text IN ('NaN', 'Infinity', '-Infinity') THEN
    RETURN NULL;
  END IF;
  RETURN v_value;
EXCEPTION WHEN data_exception OR invalid_text_representation OR numeric_value_out_of_range THEN
  RETURN NULL;
END $$;
-- A list, from json, an array's text or single words between commas; without NULLs.
CREATE FUNCTION salesflow.list_of(p_text text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_text ~ '^\s*\[' THEN
    RETURN ARRAY(SELECT e.item #>> '{}' FROM jsonb_array_elements(p_text::jsonb) AS e (item) WHERE e.item #>> '{}' IS NOT NULL);
  ELSIF p_text ~ '^\s*\{' THEN
    RETURN array_remove(p_text::text[], NULL);
  ELSIF btrim(p_text) IN ('', 'null') THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(SELECT btrim(w.word) FROM regexp_split_to_table(p_text, ',') AS w (word) WHERE btrim(w.word) <> '');
EXCEPTION WHEN data_exception OR invalid_text_representation THEN
  RETURN ARRAY[p_text];
END $$;
CREATE FUNCTION salesflow.json_of(p_text text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN p_text::jsonb;
EXCEPTION WHEN data_exception OR invalid_text_representation THEN
  RETURN to_jsonb(p_text);
END $$;

-- p_column of type p_found, as an expression of type p_wanted; p_column itself where the service can take it as it is.
CREATE FUNCTION salesflow.served_type(p_column text, p_found regtype, p_wanted regtype) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_found = p_wanted OR (f.typcategory = 'S' AND w.typcategory = 'S') OR (f.typtype = 'e' AND w.typcategory = 'S') THEN p_column
    WHEN p_wanted = 'timestamptz'::regtype AND p_found = 'timestamp'::regtype THEN format('timezone(''UTC'', %s)', p_column)
    WHEN p_wanted = 'timestamptz'::regtype AND p_found = 'date'::regtype THEN format('timezone(''UTC'', %s::timestamp)', p_column)
    WHEN p_wanted = 'date'::regtype AND p_found = 'timestamptz'::regtype THEN format('timezone(''UTC'', %s)::date', p_column)
    WHEN p_wanted = 'date'::regtype AND p_found = 'timestamp'::regtype THEN format('%s::date', p_column)
    WHEN p_wanted = 'text[]'::regtype AND (f.typcategory = 'S' OR p_found IN ('json'::regtype, 'jsonb'::regtype))
      THEN format('salesflow.list_of(%s::text)', p_column)
    WHEN p_wanted = 'text[]'::regtype AND f.typcategory = 'A' THEN format('%s::text[]', p_column)
    WHEN p_wanted = 'jsonb'::regtype AND f.typcategory = 'S' THEN format('salesflow.json_of(%s)', p_column)
    WHEN p_wanted = 'jsonb'::regtype THEN format('to_jsonb(%s)', p_column)
    WHEN f.typcategory = 'S' THEN format('salesflow.text_as(%s::text, NULL::%s)', p_column, p_wanted)
    WHEN w.typcategory = 'S' THEN format('%s::text', p_column)
    WHEN w.typcategory = 'N' AND f.typcategory = 'N' AND p_wanted IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
         AND f.typlen BETWEEN 1 AND w.typlen AND p_found NOT IN ('real'::regtype, 'double precision'::regtype) THEN p_column
    ELSE format('salesflow.text_as(%s::text, NULL::%s)', p_column, p_wanted)
  END
  FROM pg_type AS f, pg_type AS w WHERE f.oid = p_found AND w.oid = p_wanted
$$;

-- Makes, or makes anew after columns were added, the view of a found table; none where no column needs it.
CREATE PROCEDURE salesflow.ensure_served(p_table text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_view text := format('salesflow_app.%I', split_part(p_table, '.', 2));
  v_columns text;
  v_parts text[];
  v_expression text;
  v_plain text;
  v_default text;
  v_created text;  -- created_at as it is served: what other times fall back to
  item record;
BEGIN
  DELETE FROM salesflow.served_columns WHERE table_name = p_table;
  FOR item IN
    SELECT a.attname, a.atttypid::regtype AS found_type, a.attnotnull, w.definition
    FROM pg_attribute AS a LEFT JOIN salesflow.wanted_columns AS w ON w.table_name = p_table AND w.column_name = a.attname
    WHERE a.attrelid = p_table::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname <> 'created_at', a.attnum
  LOOP
    v_plain := quote_ident(item.attname);
    v_expression := v_plain;
    IF item.definition IS NOT NULL AND salesflow.was_found(p_table, item.attname) AND item.found_type IN ('numeric'::regtype, 'real'::regtype, 'double precision'::regtype) THEN
      -- Sums over it are sums of numbers. NaN is greater than Infinity here.
      v_expression := format('CASE WHEN %1$s > ''-Infinity'' AND %1$s < ''Infinity'' THEN %1$s END', v_plain);
    END IF;
    -- Statements of leads read some columns in whatever form they were found.
    IF item.definition IS NOT NULL AND item.definition !~* '\mGENERATED\M'
       AND NOT (p_table = 'public.leads' AND item.attname IN ('tags', 'next_follow_up', 'temperature', 'customer_value')) THEN
      v_parts := regexp_match(item.definition, '^(.*?)(\s+COLLATE\s+\S+)?(\s+NOT NULL)?(\s+DEFAULT\s+(.*?))?(\s+PRIMARY KEY|\s+UNIQUE)?$', 'i');
      v_expression := salesflow.served_type(v_expression, item.found_type, v_parts[1]::regtype);
      IF v_parts[3] IS NOT NULL AND NOT (item.attnotnull AND v_expression = v_plain) THEN
        v_default := CASE
          WHEN v_parts[5] ~* '^now\(\)$' THEN coalesce(v_created, '''1970-01-01 00:00:00+00''::timestamptz')
          WHEN v_parts[5] IS NOT NULL AND v_parts[5] !~* '\(' THEN format('%s::%s', v_parts[5], v_parts[1])
          WHEN item.attname IN ('name', 'title') THEN '''Unbekannt''::text'
          WHEN p_table = 'public.tasks' AND item.attname = 'due_at' THEN '''9999-12-31 00:00:00+00''::timestamptz'
          WHEN p_table = 'public.lead_interactions' AND item.attname = 'interaction_type' THEN '''note''::text'
          WHEN v_parts[1] ~* '^(text|varchar)' THEN '''''::text' END;
        IF v_default IS NOT NULL THEN
          v_expression := format('CASE WHEN %s IS NULL THEN %s ELSE %1$s END', v_expression, v_default);
        END IF;
      END IF;
    END IF;
    IF item.attname = 'created_at' THEN
      v_created := v_expression;
    END IF;
    IF v_expression <> v_plain THEN
      INSERT INTO salesflow.served_columns (table_name, column_name, expression, in_indexes)
      VALUES (p_table, item.attname, v_expression, v_expression LIKE format('CASE WHEN %s IS NULL %%', v_plain));
    END IF;
  END LOOP;
  v_columns := (SELECT string_agg(coalesce(s.expression || ' AS ', '') || quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_attribute AS a LEFT JOIN salesflow.served_columns AS s ON s.table_name = p_table AND s.column_name = a.attname
                WHERE a.attrelid = p_table::regclass AND a.attnum > 0 AND NOT a.attisdropped);
  IF NOT EXISTS (SELECT FROM salesflow.served_columns WHERE table_name = p_table) THEN
    RETURN;
  END IF;
  IF to_regclass(v_view) IS NULL THEN
    EXECUTE format('CREATE VIEW %s WITH (security_invoker = true) AS SELECT %s FROM %s', v_view, v_columns, p_table);
    CALL salesflow.record('served view', v_view, format('DROP VIEW %s', v_view));
    IF salesflow.acts_as_owner() THEN
      EXECUTE format('ALTER VIEW %s OWNER TO salesflow_owner', v_view);
    END IF;
    -- UPDATE for SELECT … FOR UPDATE; what may be written is decided by the table, whose wall stands behind the view.
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO salesflow_app', v_view);
  ELSE
    EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS SELECT %s FROM %s', v_view, v_columns, p_table);
  END IF;
END $$;

DO $$
DECLARE
  v_table text;
BEGIN
  -- Views of found tables, and later functions (0301).
  IF to_regnamespace('salesflow_app') IS NULL THEN
    CREATE SCHEMA salesflow_app;
    CALL salesflow.record('schema', 'salesflow_app', 'DROP SCHEMA salesflow_app');
    IF salesflow.acts_as_owner() THEN
      ALTER SCHEMA salesflow_app OWNER TO salesflow_owner;
    END IF;
  END IF;
  CALL salesflow.ensure_grant('USAGE', 'SCHEMA salesflow_app', 'salesflow_app');
  FOR v_table IN SELECT DISTINCT w.table_name FROM salesflow.wanted_columns AS w
                 WHERE w.table_name NOT IN ('public.users', 'public.org_members', 'public.organizations') ORDER BY 1 LOOP
    CALL salesflow.ensure_served(v_table);
  END LOOP;
END $$;
CALL salesflow.seal();
DO $$
BEGIN
  CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.text_as(text, anyelement)', 'salesflow_app');
  CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_of(text)', 'salesflow_app');
  CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.json_of(text)', 'salesflow_app');
END $$;
