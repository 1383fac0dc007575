-- why: the search of the inbox runs as salesflow_search, which may read the searched texts of every user, and names the
--      caller from the setting alone.
-- phase: phase3
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on dm_conversation_texts while the policy is added
-- owner: inbox
-- undo: 0307_phase3_search_inbox.down.sql
--
-- search_conversations(term) -> ids of all conversations that match, in no order. The term is any part of handle, name
-- or newest message, without case, its % and _ taken literally; without three letters or digits in a row it is the
-- beginning of a handle (with or without @) or name. No user in use, or an empty term: no rows.
CALL salesflow.ensure_policy('public.dm_conversation_texts', 'salesflow_search_all', 'FOR SELECT TO salesflow_search USING (true)');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.dm_conversation_texts', 'salesflow_search');

CREATE FUNCTION salesflow_app.search_conversations(p_term text) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT nullif(current_setting('app.user_id', true), '')::uuid AS user_id, lower(p_term) AS term,
           ltrim(lower(p_term), '@') AS beginning,
           '%' || replace(replace(replace(lower(p_term), '\', '\\'), '%', '\%'), '_', '\_') || '%' AS pattern,
           p_term ~ '[[:alnum:]]{3}' AS anywhere
  )
  SELECT t.conversation_id FROM public.dm_conversation_texts AS t
  WHERE (SELECT a.anywhere FROM asked AS a) AND t.user_id = (SELECT a.user_id FROM asked AS a)
    AND t.search_text LIKE (SELECT a.pattern FROM asked AS a)
  UNION ALL
  (SELECT t.conversation_id FROM public.dm_conversation_texts AS t
   WHERE NOT (SELECT a.anywhere FROM asked AS a) AND (SELECT a.beginning FROM asked AS a) <> '' AND t.user_id = (SELECT a.user_id FROM asked AS a)
     AND t.handle_lc >= (SELECT a.beginning FROM asked AS a) COLLATE "C" AND t.handle_lc < ((SELECT a.beginning FROM asked AS a) || chr(1114111)) COLLATE "C"
   UNION
   SELECT t.conversation_id FROM public.dm_conversation_texts AS t
   WHERE NOT (SELECT a.anywhere FROM asked AS a) AND (SELECT a.beginning FROM asked AS a) <> '' AND t.user_id = (SELECT a.user_id FROM asked AS a)
     AND t.name_lc >= (SELECT a.beginning FROM asked AS a) COLLATE "C" AND t.name_lc < ((SELECT a.beginning FROM asked AS a) || chr(1114111)) COLLATE "C")
$$;
-- A new owner needs the right to create in the schema for as long as it takes.
DO $$
DECLARE
  v_may boolean := has_schema_privilege('salesflow_search', 'salesflow_app', 'CREATE');
BEGIN
  IF NOT v_may THEN
    GRANT CREATE ON SCHEMA salesflow_app TO salesflow_search;
  END IF;
  CALL salesflow.publish_function('salesflow_app.search_conversations(text)', 'salesflow_search', 'salesflow_app');
  IF NOT v_may THEN
    REVOKE CREATE ON SCHEMA salesflow_app FROM salesflow_search;
  END IF;
END $$;
