-- why: a list tells how many rows there are without counting them. Each writing statement leaves one delta per tenant
--      in its own transaction; a total is the sum of a tenant's deltas, exact at every instant and without a row that
--      two writers want. The worker folds deltas into one row.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on each counted table while triggers are added; no scan (0065 counts what is there)
-- owner: platform/http (totals of lists)
-- undo: 0042_base_row_counts.down.sql

CALL salesflow.ensure_own_table('public.user_row_counts', $$
  user_id uuid NOT NULL
  kind text NOT NULL
  rows bigint NOT NULL
  folded boolean NOT NULL DEFAULT false
$$);
CALL salesflow.ensure_own_table('public.org_row_counts', $$
  org_id uuid NOT NULL
  kind text NOT NULL
  rows bigint NOT NULL
  folded boolean NOT NULL DEFAULT false
$$);
CALL salesflow.ensure_index('public.user_row_counts', 'user_row_counts_key', '(user_id, kind) INCLUDE (rows)');
CALL salesflow.ensure_index('public.org_row_counts', 'org_row_counts_key', '(org_id, kind) INCLUDE (rows)');
CALL salesflow.ensure_index('public.user_row_counts', 'user_row_counts_unfolded', '(user_id, kind) WHERE NOT folded');
CALL salesflow.ensure_index('public.org_row_counts', 'org_row_counts_unfolded', '(org_id, kind) WHERE NOT folded');
CALL salesflow.ensure_user_policy('public.user_row_counts');
CALL salesflow.ensure_org_policy('public.org_row_counts');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.user_row_counts', 'salesflow_app');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.org_row_counts', 'salesflow_app');
-- Deltas live for seconds; vacuum keeps up by rows, not by share.
CALL salesflow.ensure_storage('public.user_row_counts', '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=5000}');
CALL salesflow.ensure_storage('public.org_row_counts', '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=5000}');

-- The writers' side; SECURITY DEFINER because no writer may touch the counts itself.
CREATE FUNCTION salesflow.count_user_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.user_row_counts (user_id, kind, rows)
  SELECT c.user_id, TG_TABLE_NAME, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
  FROM changed AS c WHERE c.user_id IS NOT NULL GROUP BY c.user_id;
  RETURN NULL;
END $$;
CREATE FUNCTION salesflow.count_org_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.org_row_counts (org_id, kind, rows)
  SELECT c.org_id, TG_TABLE_NAME, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
  FROM changed AS c WHERE c.org_id IS NOT NULL GROUP BY c.org_id;
  RETURN NULL;
END $$;
-- A row that moves to another tenant, which nobody does every day.
CREATE FUNCTION salesflow.move_user_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.user_row_counts (user_id, kind, rows)
  SELECT m.user_id, TG_TABLE_NAME, m.rows FROM (VALUES (OLD.user_id, -1), (NEW.user_id, 1)) AS m (user_id, rows)
  WHERE m.user_id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION salesflow.move_org_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.org_row_counts (org_id, kind, rows)
  SELECT m.org_id, TG_TABLE_NAME, m.rows FROM (VALUES (OLD.org_id, -1), (NEW.org_id, 1)) AS m (org_id, rows)
  WHERE m.org_id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION salesflow.forget_row_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.user_row_counts AS c WHERE c.kind = TG_TABLE_NAME;
  DELETE FROM public.org_row_counts AS c WHERE c.kind = TG_TABLE_NAME;
  RETURN NULL;
END $$;

-- Attaches the counts to a table. p_kind: 'user' (column user_id) or 'org' (column org_id); what is counted goes by
-- the table's name.
CREATE PROCEDURE salesflow.ensure_row_counts(p_table text, p_kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.ensure_trigger(p_table, 'salesflow_count_insert', 'AFTER INSERT',
    format('REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', format('count_%s_rows', p_kind)));
  CALL salesflow.ensure_trigger(p_table, 'salesflow_count_delete', 'AFTER DELETE',
    format('REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', format('count_%s_rows', p_kind)));
  CALL salesflow.ensure_trigger(p_table, 'salesflow_count_move', format('AFTER UPDATE OF %I', p_kind || '_id'),
    format('FOR EACH ROW WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I) EXECUTE FUNCTION salesflow.%2$I()', p_kind || '_id',
           format('move_%s_row', p_kind)));
  CALL salesflow.ensure_trigger(p_table, 'salesflow_count_truncate', 'AFTER TRUNCATE',
    'FOR EACH STATEMENT EXECUTE FUNCTION salesflow.forget_row_counts()');
END $$;
CALL salesflow.ensure_row_counts('public.leads', 'user');
CALL salesflow.ensure_row_counts('public.dm_conversations', 'user');
CALL salesflow.ensure_row_counts('public.crm_notes', 'user');
CALL salesflow.ensure_row_counts('public.contacts', 'org');
CALL salesflow.ensure_row_counts('public.deals', 'org');
CALL salesflow.ensure_row_counts('public.tasks', 'org');

-- Adds what deltas and table differ by, in one statement: a row that its snapshot does not hold has a delta that it
-- does not hold either, so it is exact beside running writers. For tables found filled, and for repair.
CREATE PROCEDURE salesflow.recount_user_rows(p_table text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format($q$
    INSERT INTO public.user_row_counts (user_id, kind, rows)
    SELECT d.user_id, %2$L, sum(d.rows)
    FROM (SELECT t.user_id, count(*) AS rows FROM %1$s AS t WHERE t.user_id IS NOT NULL GROUP BY t.user_id
          UNION ALL SELECT c.user_id, -sum(c.rows) FROM public.user_row_counts AS c WHERE c.kind = %2$L GROUP BY c.user_id) AS d
    GROUP BY d.user_id HAVING sum(d.rows) <> 0 $q$, p_table::regclass, split_part(p_table, '.', 2));
END $$;
CREATE PROCEDURE salesflow.recount_org_rows(p_table text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format($q$
    INSERT INTO public.org_row_counts (org_id, kind, rows)
    SELECT d.org_id, %2$L, sum(d.rows)
    FROM (SELECT t.org_id, count(*) AS rows FROM %1$s AS t WHERE t.org_id IS NOT NULL GROUP BY t.org_id
          UNION ALL SELECT c.org_id, -sum(c.rows) FROM public.org_row_counts AS c WHERE c.kind = %2$L GROUP BY c.org_id) AS d
    GROUP BY d.org_id HAVING sum(d.rows) <> 0 $q$, p_table::regclass, split_part(p_table, '.', 2));
END $$;

-- Folds the deltas of up to p_tenants tenants of each kind into one row apiece; returns how many. Two at once are
-- harmless: each sums what it deleted itself.
CREATE FUNCTION salesflow.fold_row_counts(p_tenants integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH users AS (
    SELECT DISTINCT c.user_id, c.kind FROM public.user_row_counts AS c WHERE NOT c.folded LIMIT p_tenants
  ), gone_users AS (
    DELETE FROM public.user_row_counts AS c USING users AS u WHERE c.user_id = u.user_id AND c.kind = u.kind
    RETURNING c.user_id, c.kind, c.rows
  ), folded_users AS (
    INSERT INTO public.user_row_counts (user_id, kind, rows, folded)
    SELECT g.user_id, g.kind, sum(g.rows), true FROM gone_users AS g GROUP BY g.user_id, g.kind RETURNING 1
  ), orgs AS (
    SELECT DISTINCT c.org_id, c.kind FROM public.org_row_counts AS c WHERE NOT c.folded LIMIT p_tenants
  ), gone_orgs AS (
    DELETE FROM public.org_row_counts AS c USING orgs AS o WHERE c.org_id = o.org_id AND c.kind = o.kind
    RETURNING c.org_id, c.kind, c.rows
  ), folded_orgs AS (
    INSERT INTO public.org_row_counts (org_id, kind, rows, folded)
    SELECT g.org_id, g.kind, sum(g.rows), true FROM gone_orgs AS g GROUP BY g.org_id, g.kind RETURNING 1
  )
  SELECT (SELECT count(*) FROM folded_users) + (SELECT count(*) FROM folded_orgs)
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.fold_row_counts(integer)', 'salesflow_worker');
