-- backfill: conversation_texts | table: dm_conversations | after: 0055 | rows: last_key uuid, looked int8, changed int8
-- why: found conversations without a row in dm_conversation_texts are not found by a search. A trigger beside it wins.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, t.contact_id, t.platform_contact_handle, t.last_message_text
  FROM public.dm_conversations AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  INSERT INTO public.dm_conversation_texts (user_id, conversation_id, search_text, handle_lc, name_lc)
  SELECT b.user_id, b.id, salesflow.conversation_text(b.platform_contact_handle, l.name, b.last_message_text),
         left(ltrim(lower(b.platform_contact_handle), '@'), 200), left(lower(l.name), 200)
  FROM batch AS b LEFT JOIN public.leads AS l ON l.id = b.contact_id AND l.user_id = b.user_id
  WHERE NOT EXISTS (SELECT FROM public.dm_conversation_texts AS t WHERE t.user_id = b.user_id AND t.conversation_id = b.id)
  ON CONFLICT DO NOTHING
  RETURNING conversation_id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
