-- why: what a request filters, sorts or pages by stands in plain columns that triggers keep in step with what was
--      found. These helpers make such columns, let backfills fill them without a trace on row_version and
--      updated_at, and set aside found triggers that write the same columns.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0021_base_derived_columns.down.sql
--
-- Triggers that derive run last: their names start with zz_, so that they see what other BEFORE triggers, also
-- found ones, have made of the row. They run on every write and never trust the caller's value; touching a row is
-- therefore all that a backfill does. Their functions run with the writer's rights and set no search_path (it costs
-- a tenth of an insert): they use nothing outside pg_catalog.
CREATE PROCEDURE salesflow.ensure_keys(p_table text, p_function text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.ensure_trigger(p_table, 'zz_salesflow_keys', 'BEFORE INSERT OR UPDATE',
    format('FOR EACH ROW EXECUTE FUNCTION salesflow.%I()', p_function));
END $$;

-- A backfill session says SET salesflow.backfill = on; its updates then keep row_version and updated_at. Only a
-- session whose login may act as salesflow_owner can do so. session_user, not current_user: a request that sets the
-- same name inside a function of salesflow_owner is still the request.
CREATE FUNCTION salesflow.keep_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.pg_has_role(session_user, 'salesflow_owner', 'USAGE') THEN
    NEW.row_version := OLD.row_version;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION salesflow.keep_version_and_time() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.pg_has_role(session_user, 'salesflow_owner', 'USAGE') THEN
    NEW.row_version := OLD.row_version;
    NEW.updated_at := OLD.updated_at;
  END IF;
  RETURN NEW;
END $$;

-- p_updated_at: the table has that column. Outside a backfill the trigger costs its WHEN alone. A found table gets a
-- function of its own that keeps all found columns as well: a found trigger that recomputes one at every UPDATE must not
-- change values because of a backfill. Backfills may write org_id and user_id; these stay as they were written.
CREATE PROCEDURE salesflow.ensure_backfill(p_table text, p_updated_at boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_function text := CASE WHEN p_updated_at THEN 'keep_version_and_time' ELSE 'keep_version' END;
  v_kept text;
BEGIN
  IF NOT salesflow.made('table', p_table) THEN
    v_function := 'keep_found_' || split_part(p_table, '.', 2);
    v_kept := (SELECT string_agg(format('NEW.%1$I := OLD.%1$I;', a.attname), ' ' ORDER BY a.attnum) FROM pg_attribute AS a
               WHERE a.attrelid = p_table::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                 AND (a.attname = 'row_version' OR (p_updated_at AND a.attname = 'updated_at')
                      OR (a.attname NOT IN ('org_id', 'user_id') AND salesflow.was_found(p_table, a.attname))));
    EXECUTE format($f$CREATE FUNCTION salesflow.%I() RETURNS trigger LANGUAGE plpgsql AS %L$f$, v_function,
      format('BEGIN IF pg_catalog.pg_has_role(session_user, ''salesflow_owner'', ''USAGE'') THEN %s END IF; RETURN NEW; END', v_kept));
    CALL salesflow.record('function', format('salesflow.%I()', v_function), format('DROP FUNCTION salesflow.%I()', v_function));
    CALL salesflow.seal();
  END IF;
  CALL salesflow.ensure_trigger(p_table, 'zz_salesflow_backfill', 'BEFORE UPDATE',
    format('FOR EACH ROW WHEN (current_setting(''salesflow.backfill'', true) = ''on'') EXECUTE FUNCTION salesflow.%I()', v_function));
END $$;

-- Disables found triggers, on whatever table, whose function (or one that it calls) writes p_table.p_column; undo
-- enables each again as it was. Functions are known by their text: UPDATE p_table SET … p_column =, and in a
-- trigger of the table itself NEW.p_column := or INTO NEW.p_column.
CREATE PROCEDURE salesflow.set_aside_writers(p_table text, p_column text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  table_name text := split_part(p_table, '.', 2);
  by_update text := format('\mupdate\s+(only\s+)?("?\w+"?\.)?"?%s\M"?((?!\mwhere\M)[^;])*\m%s"?\s*(=|[^;()=]*\)\s*=)', table_name, p_column);
  by_new text := format('((^|;|\mbegin|\mthen|\melse)\s*new\."?%s"?\s*:?=|\minto\s+new\."?%s\M)', p_column, p_column);
  found record;
BEGIN
  FOR found IN
    WITH RECURSIVE functions AS MATERIALIZED (
      SELECT p.oid, p.proname, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body
      FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
      WHERE l.lanname IN ('plpgsql', 'sql')
        AND p.pronamespace NOT IN ('salesflow'::regnamespace, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    ), writers AS (
      SELECT f.oid, f.proname FROM functions AS f WHERE f.body ~* by_update
      UNION
      SELECT f.oid, f.proname FROM writers AS w JOIN functions AS f ON f.body ~* ('\m' || regexp_replace(w.proname, '\W', '\\\&', 'g') || '"?\s*\(')
    )
    SELECT t.tgrelid::regclass AS relation, t.tgname AS name,
           CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END AS state
    FROM pg_trigger AS t
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
      -- A trial of `plan` works on copies, which have no triggers, and locks no found table.
      AND t.tgrelid NOT IN (SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('sf_trial_found'))
      AND (t.tgfoid IN (SELECT oid FROM writers)
           OR (t.tgrelid = p_table::regclass AND t.tgfoid IN (SELECT oid FROM functions WHERE body ~* by_new)))
    ORDER BY t.tgrelid, t.tgname
  LOOP
    RAISE NOTICE 'set aside until down: trigger % on % writes %.%', found.name, found.relation, table_name, p_column;
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', found.relation, found.name);
    CALL salesflow.record('disabled_trigger', found.relation || '.' || found.name,
                          format('ALTER TABLE %s ENABLE %sTRIGGER %I', found.relation, found.state, found.name));
  END LOOP;
END $$;
CALL salesflow.seal();
