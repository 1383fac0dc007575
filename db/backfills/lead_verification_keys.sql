-- backfill: lead_verification_keys | table: lead_verifications | after: 0022 | rows: last_key uuid, looked int8, changed int8
-- why: found rows without v_score_key are missing among verified leads; the trigger fills it.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.v_score_key IS NULL AND t.v_score IS NOT NULL) AS needed
  FROM public.lead_verifications AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.lead_verifications AS t SET v_score_key = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
