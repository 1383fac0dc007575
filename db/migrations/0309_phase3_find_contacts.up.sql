-- why: a list of what a term finds filters, orders and counts all hits, which search_contacts() gives only up to 201
--      and as bare ids; a term with more read the organisation (53,000 contacts, 639 hits: 52,500 buffers, 38 ms).
--      This gives up to 10,001 hits with the columns that lists filter and order by, straight from the trigram index:
--      one buffer a hit, 1.4 ms. As search_contacts, it runs as salesflow_search for the organisation of the setting.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: contacts
-- undo: 0309_phase3_find_contacts.down.sql
--
-- find_contacts(term, limit 1..10001) -> hits in no order. The term as in search_contacts().
-- plpgsql, since its plans are kept for the session; a function in SQL is planned at every call.
CALL salesflow.ensure_grant('SELECT (updated_at, last_contact_at, status, lifecycle_stage, vertical, owner_id, score, next_followup_at)',
                            'TABLE public.contacts', 'salesflow_search');

CREATE FUNCTION salesflow_app.find_contacts(p_term text, p_limit integer)
RETURNS TABLE (id uuid, created_at timestamptz, updated_at timestamptz, last_contact_at timestamptz, name text, score integer, status text,
               lifecycle_stage text, vertical text, owner_id uuid, next_followup_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
  v_term text := lower(p_term);
  v_pattern text := '%' || replace(replace(replace(v_term, '\', '\\'), '%', '\%'), '_', '\_') || '%';
  v_limit integer := least(greatest(p_limit, 1), 10001);
BEGIN
  IF p_term ~ '[[:alnum:]]{3}' THEN
    RETURN QUERY SELECT c.id, coalesce(c.created_at, '1970-01-01Z'), coalesce(c.updated_at, c.created_at, '1970-01-01Z'), c.last_contact_at,
                        coalesce(c.name::text, 'Unbekannt'), coalesce(c.score::integer, 0), coalesce(c.status::text, 'lead'),
                        coalesce(c.lifecycle_stage::text, 'lead'), c.vertical::text, c.owner_id, c.next_followup_at
                 FROM public.contacts AS c WHERE c.org_id = v_org AND c.search_text LIKE v_pattern LIMIT v_limit;
  ELSIF p_term <> '' THEN
    RETURN QUERY SELECT c.id, coalesce(c.created_at, '1970-01-01Z'), coalesce(c.updated_at, c.created_at, '1970-01-01Z'), c.last_contact_at,
                        coalesce(c.name::text, 'Unbekannt'), coalesce(c.score::integer, 0), coalesce(c.status::text, 'lead'),
                        coalesce(c.lifecycle_stage::text, 'lead'), c.vertical::text, c.owner_id, c.next_followup_at
                 FROM public.contacts AS c
                 WHERE c.org_id = v_org AND c.name_lc >= v_term COLLATE "C" AND c.name_lc < (v_term || chr(1114111)) COLLATE "C" LIMIT v_limit;
  END IF;
END $$;
-- A new owner needs the right to create in the schema for as long as it takes.
DO $$
DECLARE
  v_may boolean := has_schema_privilege('salesflow_search', 'salesflow_app', 'CREATE');
BEGIN
  IF NOT v_may THEN
    GRANT CREATE ON SCHEMA salesflow_app TO salesflow_search;
  END IF;
  CALL salesflow.publish_function('salesflow_app.find_contacts(text, integer)', 'salesflow_search', 'salesflow_app');
  IF NOT v_may THEN
    REVOKE CREATE ON SCHEMA salesflow_app FROM salesflow_search;
  END IF;
END $$;
