-- why: a lead that has one key of a new one in common was taken for it, although another said that it is somebody else:
--      of two people with one phone, the second's row changed the first's name and address.
-- phase: base
-- transaction: one
-- lock: none
-- owner: leads
-- undo: 0093_base_match_lead.down.sql

-- match_lead(user, keys of a new lead) -> the lead that has the same key, of each kind, or NULL. The kinds from strong to
-- weak: e-mail, phone, Instagram account, name. A lead is no match where a stronger key contradicts, one that both have
-- and that differs; by name also where the companies differ. Of several the one with the same name, then the lowest id.
-- At most 20 leads with one key are looked at: who shares a phone with more than that is told apart by the other keys.
-- Becomes a part of the statement that calls it, so that each branch is planned there and runs only when it is asked for.
-- BETWEEN and ORDER BY instead of =: of a tenant that the statistics do not know one row is expected, so that any index
-- on user_id seems as good; only the one that is meant comes in this order without a sort.
CREATE FUNCTION public.salesflow_match_lead(p_user_id uuid, p_email_key text, p_phone_key text, p_instagram_key text, p_name_key text,
                                            p_company_key text)
RETURNS TABLE (by_email uuid, by_phone uuid, by_instagram uuid, by_name uuid) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    (SELECT coalesce(min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key FROM public.leads AS l
           WHERE l.user_id = p_user_id AND l.email_key BETWEEN p_email_key AND p_email_key AND l.email_key IS NOT NULL
           ORDER BY l.email_key LIMIT 20) AS c),
    (SELECT coalesce(min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key, l.email_key FROM public.leads AS l
           WHERE l.user_id = p_user_id AND l.phone_key BETWEEN p_phone_key AND p_phone_key AND l.phone_key IS NOT NULL
           ORDER BY l.phone_key LIMIT 20) AS c
     WHERE coalesce(c.email_key = p_email_key, true)),
    (SELECT coalesce(min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key, l.email_key, l.phone_key FROM public.leads AS l
           WHERE l.user_id = p_user_id AND l.instagram_key BETWEEN p_instagram_key AND p_instagram_key AND l.instagram_key IS NOT NULL
           ORDER BY l.instagram_key LIMIT 20) AS c
     WHERE coalesce(c.email_key = p_email_key, true) AND coalesce(c.phone_key = p_phone_key, true)),
    (SELECT min(c.id::text)::uuid
     FROM (SELECT l.id, l.email_key, l.phone_key, l.instagram_key, l.company FROM public.leads AS l
           WHERE l.user_id = p_user_id AND l.name_key BETWEEN p_name_key AND p_name_key AND p_name_key <> ''
           ORDER BY l.name_key LIMIT 20) AS c
     WHERE coalesce(c.email_key = p_email_key, true) AND coalesce(c.phone_key = p_phone_key, true)
       AND coalesce(c.instagram_key = p_instagram_key, true)
       AND coalesce(nullif(public.salesflow_name_key(c.company::text), '') = p_company_key, true))
$$;
CALL salesflow.record('function', 'public.salesflow_match_lead(uuid, text, text, text, text, text)',
  'DROP FUNCTION public.salesflow_match_lead(uuid, text, text, text, text, text)');
GRANT EXECUTE ON FUNCTION public.salesflow_match_lead(uuid, text, text, text, text, text) TO PUBLIC;
DO $$
BEGIN
  IF salesflow.acts_as_owner() THEN
    ALTER FUNCTION public.salesflow_match_lead(uuid, text, text, text, text, text) OWNER TO salesflow_owner;
  END IF;
END $$;
CALL salesflow.seal();
