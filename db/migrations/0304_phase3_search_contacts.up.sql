-- why: under row level security LIKE is no index condition (a search reads the organisation, 6,158 buffers). The search
--      runs as salesflow_search, which may read the searched columns of every organisation, and names the
--      caller's organisation from the setting alone: 12 to 255 buffers.
-- phase: phase3
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on contacts while the policy is added
-- owner: contacts
-- undo: 0304_phase3_search_contacts.down.sql
--
-- search_contacts(term, limit 1..201, cursor) -> newest first, after the cursor. The term is any part of name, company
-- or e-mail, without case, its % and _ taken literally; without three letters or digits in a row it is the beginning
-- of a name. No organisation in use, or an empty term: no rows.
DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'salesflow_search', 'USAGE') THEN
    EXECUTE format('GRANT salesflow_search TO %I', current_user);
  END IF;
EXCEPTION
  WHEN unique_violation THEN NULL;  -- another database's migration has just granted it
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION '% may not act as salesflow_search', current_user
      USING ERRCODE = 'insufficient_privilege', HINT = format('Let an administrator run: GRANT salesflow_search TO %I;', current_user);
END $$;
CALL salesflow.ensure_policy('public.contacts', 'salesflow_search_all', 'FOR SELECT TO salesflow_search USING (true)');
CALL salesflow.ensure_grant('SELECT (id, org_id, name, company, email, created_at, search_text, name_lc)', 'TABLE public.contacts', 'salesflow_search');
CALL salesflow.ensure_grant('USAGE', 'SCHEMA public', 'salesflow_search');

-- Up to 300 hits of the trigram index are sorted; a term with more is looked for in the order of the list instead, by
-- strpos, which no index can take for itself. MATERIALIZED: the hits are fetched once and not again by id.
CREATE FUNCTION salesflow_app.search_contacts(p_term text, p_limit integer DEFAULT 50, p_before timestamptz DEFAULT 'infinity',
                                       p_before_id uuid DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff')
RETURNS TABLE (id uuid, name text, company text, email text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT nullif(current_setting('app.org_id', true), '')::uuid AS org_id, lower(p_term) AS term,
           '%' || replace(replace(replace(lower(p_term), '\', '\\'), '%', '\%'), '_', '\_') || '%' AS pattern,
           p_term ~ '[[:alnum:]]{3}' AS anywhere, least(greatest(p_limit, 1), 201) AS n
  ), hits AS MATERIALIZED (
    SELECT c.id, coalesce(c.name, 'Unbekannt') AS name, c.company, c.email, coalesce(c.created_at, '1970-01-01Z') AS created_at
    FROM public.contacts AS c
    WHERE (SELECT a.anywhere FROM asked AS a) AND c.org_id = (SELECT a.org_id FROM asked AS a)
      AND c.search_text LIKE (SELECT a.pattern FROM asked AS a)
    LIMIT 301
  ), few AS MATERIALIZED (
    SELECT count(*) <= 300 AS few FROM hits
  )
  SELECT r.id, r.name, r.company, r.email, r.created_at
  FROM (
    SELECT h.* FROM hits AS h WHERE (SELECT f.few FROM few AS f) AND (h.created_at, h.id) < (p_before, p_before_id)
    UNION ALL
    (SELECT c.id, coalesce(c.name, 'Unbekannt'), c.company, c.email, c.created_at
     FROM public.contacts AS c
     WHERE NOT (SELECT f.few FROM few AS f) AND c.org_id = (SELECT a.org_id FROM asked AS a) AND (c.created_at, c.id) < (p_before, p_before_id)
       AND strpos(c.search_text, (SELECT a.term FROM asked AS a)) > 0
     ORDER BY c.created_at DESC, c.id DESC LIMIT (SELECT a.n FROM asked AS a))
    UNION ALL
    -- Found rows without created_at stand behind all others; the index has them at its other end.
    (SELECT c.id, coalesce(c.name, 'Unbekannt'), c.company, c.email, '1970-01-01Z'
     FROM public.contacts AS c
     WHERE NOT (SELECT f.few FROM few AS f) AND c.org_id = (SELECT a.org_id FROM asked AS a) AND c.created_at IS NULL
       AND ('1970-01-01Z'::timestamptz, c.id) < (p_before, p_before_id) AND strpos(c.search_text, (SELECT a.term FROM asked AS a)) > 0
     ORDER BY c.id DESC LIMIT (SELECT a.n FROM asked AS a))
    UNION ALL
    SELECT c.id, c.name, c.company, c.email, coalesce(c.created_at, '1970-01-01Z')
    FROM public.contacts AS c
    WHERE NOT (SELECT a.anywhere FROM asked AS a) AND p_term <> '' AND c.org_id = (SELECT a.org_id FROM asked AS a)
      AND c.name_lc >= (SELECT a.term FROM asked AS a) COLLATE "C" AND c.name_lc < ((SELECT a.term FROM asked AS a) || chr(1114111)) COLLATE "C"
      AND (coalesce(c.created_at, '1970-01-01Z'), c.id) < (p_before, p_before_id)
  ) AS r
  ORDER BY r.created_at DESC, r.id DESC LIMIT (SELECT a.n FROM asked AS a)
$$;
-- A new owner needs the right to create in the schema for as long as it takes.
DO $$
DECLARE
  v_may boolean := has_schema_privilege('salesflow_search', 'salesflow_app', 'CREATE');
BEGIN
  IF NOT v_may THEN
    GRANT CREATE ON SCHEMA salesflow_app TO salesflow_search;
  END IF;
  CALL salesflow.publish_function('salesflow_app.search_contacts(text, integer, timestamp with time zone, uuid)', 'salesflow_search', 'salesflow_app');
  IF NOT v_may THEN
    REVOKE CREATE ON SCHEMA salesflow_app FROM salesflow_search;
  END IF;
END $$;
