-- backfill: lead_enrichments_owner | table: lead_enrichments | after: 0009 | rows: last_key uuid, looked int8, changed int8
-- why: found rows carry no user_id and are therefore nobody's behind row level security; it is their lead's.
-- Where the column was found, `down` sets it back to NULL: salesflow.filled_values.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.user_id, t.lead_id FROM public.lead_enrichments AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.lead_enrichments AS t SET user_id = b.owner_id
  FROM (SELECT b.id, l.user_id AS owner_id FROM batch AS b JOIN public.leads AS l ON l.id = b.lead_id
        WHERE b.user_id IS NULL AND l.user_id IS NOT NULL ORDER BY b.id) AS b
  WHERE t.id = b.id AND t.user_id IS NULL
  RETURNING t.id, t.user_id
), noted AS (
  INSERT INTO salesflow.filled_values (version, relation, attribute, row_id, value)
  SELECT 9, 'public.lead_enrichments', 'user_id', c.id, c.user_id::text FROM changed AS c
  WHERE (SELECT salesflow.was_found('public.lead_enrichments', 'user_id'))
  ON CONFLICT (relation, attribute, row_id) DO UPDATE SET value = excluded.value
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
