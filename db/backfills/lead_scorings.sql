-- backfill: lead_scorings | table: leads | after: 0057 | rows: last_key uuid, looked int8, changed int8
-- why: leads that were scored before lead_scorings was there have no row in it, and no batch finds them.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, t.last_scored_at, (t.p_score IS NOT NULL AND t.user_id IS NOT NULL) AS scored
  FROM public.leads AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  INSERT INTO public.lead_scorings (user_id, lead_id, scored_at)
  SELECT b.user_id, b.id, coalesce(b.last_scored_at, '-infinity') FROM batch AS b WHERE b.scored
  ON CONFLICT DO NOTHING
  RETURNING lead_id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
