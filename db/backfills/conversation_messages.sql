-- backfill: conversation_messages | table: dm_conversations | after: 0053 | rows: last_key uuid, looked int8, changed int8
-- why: found conversations without unread_key and last_message_text show neither a preview nor what is unread. The
-- function reads what is committed when the row's lock is held, so that a message beside it is not lost.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.last_message_text IS NULL AND t.last_message_at IS NOT NULL) AS needed
  FROM public.dm_conversations AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.dm_conversations AS t
  SET (unread_key, last_message_text, last_message_direction) =
        (SELECT r.unread, r.newest_text, r.newest_direction FROM salesflow.read_messages(t.id, t.user_id, t.last_outbound_at) AS r)
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
