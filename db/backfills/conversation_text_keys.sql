-- backfill: conversation_text_keys | table: dm_conversations | after: 0100 | rows: last_key uuid, looked int8, changed int8
-- why: texts made before 0100 keep accents and a number's own spelling, so that a search would miss them.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, salesflow.conversation_text(t.platform_contact_handle, l.name, t.last_message_text) AS search_text,
         left(ltrim(public.salesflow_fold(t.platform_contact_handle), '@'), 200) AS handle_lc, left(public.salesflow_fold(l.name), 200) AS name_lc
  FROM (SELECT c.* FROM public.dm_conversations AS c WHERE c.id > $1::uuid ORDER BY c.id LIMIT $2::integer) AS t
  LEFT JOIN public.leads AS l ON l.id = t.contact_id AND l.user_id = t.user_id
), changed AS (
  UPDATE public.dm_conversation_texts AS x SET search_text = b.search_text, handle_lc = b.handle_lc, name_lc = b.name_lc
  FROM batch AS b
  WHERE x.user_id = b.user_id AND x.conversation_id = b.id
    AND (x.search_text, x.handle_lc, x.name_lc) IS DISTINCT FROM (b.search_text, b.handle_lc, b.name_lc)
  RETURNING x.conversation_id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
