-- backfill: deal_keys | table: deals | after: 0024 | rows: last_key uuid, looked int8, changed int8
-- why: found rows without value_minor are missing where deals are sorted by value; the triggers fill it and, where
-- SalesFlow added the column, weighted_value.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.value_minor IS NULL) AS needed
  FROM public.deals AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.deals AS t SET value_minor = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
