-- why: under row level security LIKE is no index condition. The search runs as salesflow_search, which may read the
--      titles of every organisation's deals, and names the caller's organisation from the setting alone.
-- phase: phase3
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on deals while the policy is added
-- owner: deals
-- undo: 0305_phase3_search_deals.down.sql
--
-- search_deals(term, limit 1..1000) -> ids of deals whose title holds the term, without case, its % and _ taken
-- literally, in no order. Only terms with three letters or digits in a row are looked for: shorter ones, an empty term
-- and no organisation in use give no rows.
CALL salesflow.ensure_policy('public.deals', 'salesflow_search_all', 'FOR SELECT TO salesflow_search USING (true)');
CALL salesflow.ensure_grant('SELECT (id, org_id, title)', 'TABLE public.deals', 'salesflow_search');

CREATE FUNCTION salesflow_app.search_deals(p_term text, p_limit integer DEFAULT 201)
RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.id
  FROM public.deals AS d
  WHERE p_term ~ '[[:alnum:]]{3}' AND d.org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
    AND lower(d.title) LIKE (SELECT '%' || replace(replace(replace(lower(p_term), '\', '\\'), '%', '\%'), '_', '\_') || '%')
  LIMIT least(greatest(p_limit, 1), 1000)
$$;
-- A new owner needs the right to create in the schema for as long as it takes.
DO $$
DECLARE
  v_may boolean := has_schema_privilege('salesflow_search', 'salesflow_app', 'CREATE');
BEGIN
  IF NOT v_may THEN
    GRANT CREATE ON SCHEMA salesflow_app TO salesflow_search;
  END IF;
  CALL salesflow.publish_function('salesflow_app.search_deals(text, integer)', 'salesflow_search', 'salesflow_app');
  IF NOT v_may THEN
    REVOKE CREATE ON SCHEMA salesflow_app FROM salesflow_search;
  END IF;
END $$;
