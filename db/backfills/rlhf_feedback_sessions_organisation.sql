-- backfill: rlhf_feedback_sessions_organisation | table: rlhf_feedback_sessions | after: 0025 | rows: last_key uuid, looked int8, changed int8
-- why: rows written before org_id existed are missing in a team's figures. It is their user's organisation where that
-- user has exactly one; others stay NULL.
-- Where the column was found, `down` sets it back to NULL: salesflow.filled_values.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.org_id, t.user_id FROM public.rlhf_feedback_sessions AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), sole AS (
  SELECT m.user_id, (array_agg(m.org_id))[1] AS org_id FROM public.org_members AS m
  WHERE m.user_id IN (SELECT b.user_id FROM batch AS b WHERE b.org_id IS NULL) GROUP BY m.user_id HAVING count(*) = 1
), changed AS (
  UPDATE public.rlhf_feedback_sessions AS t SET org_id = b.new_org_id
  FROM (SELECT b.id, o.org_id AS new_org_id FROM batch AS b JOIN sole AS o ON o.user_id = b.user_id
        WHERE b.org_id IS NULL ORDER BY b.id) AS b
  WHERE t.id = b.id AND t.org_id IS NULL
  RETURNING t.id, t.org_id
), noted AS (
  INSERT INTO salesflow.filled_values (version, relation, attribute, row_id, value)
  SELECT 25, 'public.rlhf_feedback_sessions', 'org_id', c.id, c.org_id::text FROM changed AS c
  WHERE (SELECT salesflow.was_found('public.rlhf_feedback_sessions', 'org_id'))
  ON CONFLICT (relation, attribute, row_id) DO UPDATE SET value = excluded.value
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
