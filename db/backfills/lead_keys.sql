-- backfill: lead_keys | table: leads | after: 0022 | rows: last_key uuid, looked int8, changed int8
-- why: rows found without status_key, p_score_key or temperature_score are in no list that filters or sorts by them.
-- The trigger zz_salesflow_keys fills the keys of any row that is written.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.status_key IS NULL OR (t.p_score_key IS NULL AND t.p_score IS NOT NULL) OR t.temperature_score IS NULL) AS needed
  FROM public.leads AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.leads AS t SET temperature_score = temperature_score
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
