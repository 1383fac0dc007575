-- why: board, list and summary tell how many deals are open and what they are worth. Summed from the deals that is 12 ms
--      for an organisation with 33,000 open ones; kept as deltas, as row counts are (0042), it is a few rows.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on deals while the triggers are added; no scan (0067 counts what is there)
-- owner: deals
-- undo: 0066_base_open_deal_totals.down.sql
--
-- A total is the sum of the rows of a tenant, pipeline, stage and owner ('default' and 'new' where a found deal has
-- none): exact at every instant, and no row that two
-- writers want. The worker folds them.
CALL salesflow.ensure_own_table('public.open_deal_totals', $$
  org_id uuid NOT NULL
  pipeline text
  stage text
  owner_id uuid
  deals bigint NOT NULL
  value numeric NOT NULL
  weighted_value numeric NOT NULL
  folded boolean NOT NULL DEFAULT false
$$);
CALL salesflow.ensure_index('public.open_deal_totals', 'open_deal_totals_key', '(org_id, pipeline, stage, owner_id) INCLUDE (deals, value, weighted_value)');
CALL salesflow.ensure_index('public.open_deal_totals', 'open_deal_totals_unfolded', '(org_id) WHERE NOT folded');
CALL salesflow.ensure_org_policy('public.open_deal_totals');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.open_deal_totals', 'salesflow_app');
CALL salesflow.ensure_storage('public.open_deal_totals', '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=5000}');

-- NULL for NaN, which is greater than all numbers, and for the infinities: no sum takes them in.
CREATE FUNCTION salesflow.finite(p_value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN p_value > '-Infinity' AND p_value < 'Infinity' THEN p_value END;

-- What a statement changed, as one row per pipeline, stage and owner that it changed.
CREATE FUNCTION salesflow.total_open_deals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.open_deal_totals (org_id, pipeline, stage, owner_id, deals, value, weighted_value)
    SELECT a.org_id, coalesce(a.pipeline, 'default'), coalesce(a.stage, 'new'), a.owner_id, count(*), coalesce(sum(salesflow.finite(a.value::numeric)), 0), coalesce(sum(salesflow.finite(a.weighted_value::numeric)), 0)
    FROM added AS a WHERE a.closed_at IS NULL AND a.org_id IS NOT NULL GROUP BY 1, 2, 3, 4;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.open_deal_totals (org_id, pipeline, stage, owner_id, deals, value, weighted_value)
    SELECT r.org_id, coalesce(r.pipeline, 'default'), coalesce(r.stage, 'new'), r.owner_id, -count(*), -coalesce(sum(salesflow.finite(r.value::numeric)), 0), -coalesce(sum(salesflow.finite(r.weighted_value::numeric)), 0)
    FROM removed AS r WHERE r.closed_at IS NULL AND r.org_id IS NOT NULL GROUP BY 1, 2, 3, 4;
  ELSE
    INSERT INTO public.open_deal_totals (org_id, pipeline, stage, owner_id, deals, value, weighted_value)
    SELECT d.org_id, d.pipeline, d.stage, d.owner_id, sum(d.n), sum(d.n * coalesce(d.value, 0)), sum(d.n * coalesce(d.weighted_value, 0))
    FROM (SELECT a.org_id, coalesce(a.pipeline, 'default') AS pipeline, coalesce(a.stage, 'new') AS stage, a.owner_id, salesflow.finite(a.value::numeric) AS value, salesflow.finite(a.weighted_value::numeric) AS weighted_value, 1 AS n FROM added AS a WHERE a.closed_at IS NULL
          UNION ALL
          SELECT r.org_id, coalesce(r.pipeline, 'default'), coalesce(r.stage, 'new'), r.owner_id, salesflow.finite(r.value::numeric), salesflow.finite(r.weighted_value::numeric), -1 FROM removed AS r WHERE r.closed_at IS NULL) AS d
    WHERE d.org_id IS NOT NULL
    GROUP BY d.org_id, d.pipeline, d.stage, d.owner_id
    HAVING sum(d.n) <> 0 OR sum(d.n * coalesce(d.value, 0)) <> 0 OR sum(d.n * coalesce(d.weighted_value, 0)) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION salesflow.forget_open_deals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.open_deal_totals;
  RETURN NULL;
END $$;
CALL salesflow.ensure_trigger('public.deals', 'salesflow_total_insert', 'AFTER INSERT',
  'REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.total_open_deals()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_total_update', 'AFTER UPDATE',
  'REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.total_open_deals()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_total_delete', 'AFTER DELETE',
  'REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.total_open_deals()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_total_truncate', 'AFTER TRUNCATE',
  'FOR EACH STATEMENT EXECUTE FUNCTION salesflow.forget_open_deals()');

-- Adds what deltas and deals differ by, in one statement; exact beside running writers (see recount_org_rows). For
-- deals found, and for repair.
CREATE PROCEDURE salesflow.recount_open_deals()
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.open_deal_totals (org_id, pipeline, stage, owner_id, deals, value, weighted_value)
  SELECT d.org_id, d.pipeline, d.stage, d.owner_id, sum(d.deals), sum(d.value), sum(d.weighted_value)
  FROM (SELECT t.org_id, coalesce(t.pipeline, 'default') AS pipeline, coalesce(t.stage, 'new') AS stage, t.owner_id, count(*) AS deals,
               coalesce(sum(salesflow.finite(t.value::numeric)), 0) AS value, coalesce(sum(salesflow.finite(t.weighted_value::numeric)), 0) AS weighted_value
        FROM public.deals AS t WHERE t.closed_at IS NULL AND t.org_id IS NOT NULL GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT k.org_id, k.pipeline, k.stage, k.owner_id, -sum(k.deals), -sum(k.value), -sum(k.weighted_value)
        FROM public.open_deal_totals AS k GROUP BY k.org_id, k.pipeline, k.stage, k.owner_id) AS d
  GROUP BY d.org_id, d.pipeline, d.stage, d.owner_id
  HAVING sum(d.deals) <> 0 OR sum(d.value) <> 0 OR sum(d.weighted_value) <> 0
$$;

-- Folds the deltas of up to p_orgs organisations; returns how many rows are left of them. Two at once are harmless:
-- each sums what it deleted itself.
CREATE FUNCTION salesflow.fold_open_deals(p_orgs integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH orgs AS (
    SELECT DISTINCT t.org_id FROM public.open_deal_totals AS t WHERE NOT t.folded LIMIT p_orgs
  ), gone AS (
    DELETE FROM public.open_deal_totals AS t USING orgs AS o WHERE t.org_id = o.org_id
    RETURNING t.org_id, t.pipeline, t.stage, t.owner_id, t.deals, t.value, t.weighted_value
  ), kept AS (
    INSERT INTO public.open_deal_totals (org_id, pipeline, stage, owner_id, deals, value, weighted_value, folded)
    SELECT g.org_id, g.pipeline, g.stage, g.owner_id, sum(g.deals), sum(g.value), sum(g.weighted_value), true
    FROM gone AS g GROUP BY g.org_id, g.pipeline, g.stage, g.owner_id
    HAVING sum(g.deals) <> 0 OR sum(g.value) <> 0 OR sum(g.weighted_value) <> 0
    RETURNING 1
  )
  SELECT count(*) FROM kept
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.fold_open_deals(integer)', 'salesflow_worker');
