-- why: a rescoring of all leads goes user by user, as that user; only the worker may know whose leads there are.
-- phase: base
-- transaction: one
-- lock: none
-- owner: scoring
-- undo: 0058_base_lead_owners.down.sql

-- list_lead_owners() -> each user with leads, with its oldest organisation (null: none) and how many leads it has.
CREATE FUNCTION salesflow.list_lead_owners()
RETURNS TABLE (user_id uuid, org_id uuid, leads bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT n.user_id, (SELECT m.org_id FROM public.org_members AS m WHERE m.user_id = n.user_id ORDER BY m.created_at, m.org_id LIMIT 1),
         sum(n.rows)::bigint
  FROM public.user_lead_counts AS n
  GROUP BY n.user_id HAVING sum(n.rows) > 0
  ORDER BY n.user_id
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_lead_owners()', 'salesflow_worker');
