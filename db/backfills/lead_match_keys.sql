-- backfill: lead_match_keys | table: leads | after: 0043 | rows: last_key uuid, looked int8, changed int8
-- why: rows found without these keys are not recognised as duplicates and stand in no list by name or follow-up.
-- The trigger zz_salesflow_match_keys fills the keys of any row that is written; name_key is never NULL then.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.name_key IS NULL) AS needed
  FROM public.leads AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.leads AS t SET name_key = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
