-- backfill: conversation_due | table: dm_conversations | after: 0054 | rows: last_key uuid, looked int8, changed int8
-- why: found conversations in a sequence or a pause without sequence_due_at are never due; the trigger fills it.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.sequence_due_at IS NULL
    AND ((t.status = 'in_sequence' AND t.sequence_paused IS NOT TRUE AND t.next_sequence_action_at IS NOT NULL)
      OR (t.status = 'in_sequence' AND t.sequence_paused AND t.pause_until IS NOT NULL)
      OR (t.status = 'delay_requested' AND t.pause_until IS NOT NULL))) AS needed
  FROM public.dm_conversations AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.dm_conversations AS t SET sequence_due_at = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
