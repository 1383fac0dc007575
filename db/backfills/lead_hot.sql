-- backfill: lead_hot | table: leads | after: 0084 | rows: last_key uuid, looked int8, changed int8
-- why: scored leads that were there before lead_hot have no row in it, and are missing among the hot ones.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, (t.p_score IS NOT NULL AND t.user_id IS NOT NULL AND h.lead_id IS NULL) AS needed
  FROM public.leads AS t LEFT JOIN public.lead_hot AS h ON h.user_id = t.user_id AND h.lead_id = t.id
  WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), made AS MATERIALIZED (
  SELECT salesflow.refresh_lead_hot(array_agg(b.user_id), array_agg(b.id)), count(*) AS rows FROM batch AS b WHERE b.needed HAVING count(*) > 0
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       coalesce((SELECT m.rows FROM made AS m), 0) AS changed;
