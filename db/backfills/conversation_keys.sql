-- backfill: conversation_keys | table: dm_conversations | after: 0027 | rows: last_key uuid, looked int8, changed int8
-- why: found rows without last_message_key and attention_at are misplaced in the inbox; the trigger fills both.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, ((t.last_message_key = '-infinity' AND t.last_message_at IS NOT NULL)
    OR (t.attention_at IS NULL AND (t.status IN ('needs_human_attention', 'replied')
        OR (t.status = 'in_sequence' AND t.sequence_paused IS NOT TRUE AND t.next_sequence_action_at IS NOT NULL)
        OR (t.status = 'dm_initiated_no_response' AND t.last_outbound_at IS NOT NULL)))) AS needed
  FROM public.dm_conversations AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.dm_conversations AS t SET attention_at = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
