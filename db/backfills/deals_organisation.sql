-- backfill: deals_organisation | table: deals | after: 0074 | rows: last_key uuid, looked int8, changed int8
-- why: found deals without org_id are nobody's behind row level security. A deal goes to its contact's organisation if its
-- owner is a member there, one without contact to the only one of its owner; others stay NULL, and `salesflow org adopt` says why.
-- Where the column was found, `down` sets it back to NULL: salesflow.filled_values.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, t.org_id, t.contact_id, coalesce(t.owner_id, t.created_by) AS user_id
  FROM public.deals AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), sole AS (
  SELECT m.user_id, (array_agg(m.org_id))[1] AS org_id FROM public.org_members AS m
  WHERE m.user_id IN (SELECT b.user_id FROM batch AS b WHERE b.org_id IS NULL) GROUP BY m.user_id HAVING count(*) = 1
), wanted AS (
  SELECT b.id, b.user_id, CASE WHEN b.contact_id IS NULL THEN o.org_id ELSE c.org_id END AS org_id
  FROM batch AS b LEFT JOIN sole AS o ON o.user_id = b.user_id LEFT JOIN public.contacts AS c ON c.id = b.contact_id
  WHERE b.org_id IS NULL
), changed AS (
  UPDATE public.deals AS t SET org_id = w.org_id
  FROM (SELECT w.id, w.org_id FROM wanted AS w JOIN public.org_members AS m ON m.org_id = w.org_id AND m.user_id = w.user_id
        ORDER BY w.id) AS w
  WHERE t.id = w.id AND t.org_id IS NULL
  RETURNING t.id, t.org_id
), noted AS (
  INSERT INTO salesflow.filled_values (version, relation, attribute, row_id, value)
  SELECT 74, 'public.deals', 'org_id', c.id, c.org_id::text FROM changed AS c
  WHERE (SELECT salesflow.was_found('public.deals', 'org_id'))
  ON CONFLICT (relation, attribute, row_id) DO UPDATE SET value = excluded.value
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
