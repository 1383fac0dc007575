-- backfill: conversation_messages | table: dm_conversations | after: 0055 | rows: last_key uuid, looked int8, changed int8
-- why: found conversations show neither a preview nor what is unread, are never due, and no search finds them. The function
-- reads what is committed when the row's lock is held, so that a message beside it is not lost; a trigger beside it wins.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, t.contact_id, t.platform_contact_handle,
         ((t.last_message_text IS NULL AND t.last_message_at IS NOT NULL)
          OR (t.sequence_due_at IS NULL
              AND ((t.status = 'in_sequence' AND t.sequence_paused IS NOT TRUE AND t.next_sequence_action_at IS NOT NULL)
                OR (t.status = 'in_sequence' AND t.sequence_paused AND t.pause_until IS NOT NULL)
                OR (t.status = 'delay_requested' AND t.pause_until IS NOT NULL)))) AS needed
  FROM public.dm_conversations AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), found AS (
  INSERT INTO public.dm_conversation_texts (user_id, conversation_id, search_text, handle_lc, name_lc)
  SELECT b.user_id, b.id, salesflow.conversation_text(b.platform_contact_handle, l.name, NULL),
         left(ltrim(lower(b.platform_contact_handle), '@'), 200), left(lower(l.name), 200)
  FROM batch AS b LEFT JOIN public.leads AS l ON l.id = b.contact_id AND l.user_id = b.user_id
  WHERE NOT EXISTS (SELECT FROM public.dm_conversation_texts AS t WHERE t.user_id = b.user_id AND t.conversation_id = b.id)
  ON CONFLICT DO NOTHING
  RETURNING conversation_id AS id
), changed AS (
  UPDATE public.dm_conversations AS t
  SET (unread_key, last_message_text, last_message_direction) =
        (SELECT r.unread, r.newest_text, r.newest_direction FROM salesflow.read_messages(t.id, t.user_id, t.last_outbound_at) AS r)
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM (SELECT c.id FROM changed AS c UNION SELECT f.id FROM found AS f) AS d) AS changed;
