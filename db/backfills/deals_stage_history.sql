-- backfill: deals_stage_history | table: deals | after: 0088 | rows: last_key uuid, looked int8, changed int8
-- why: deals that were there before deal_stage_changes have no history. Activities tell it as far as they join up: each change
-- leads to where the next one began, the last one to the stage that the deal has, or had when its first change was noted.
-- What does not join up is left out. A history that does not go back to the deal's making begins with a row that says
-- from when it is known: its first told change, or now.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS MATERIALIZED (
  SELECT t.id, t.org_id, coalesce(t.stage::text, 'new') AS stage, coalesce(nullif(t.pipeline::text, ''), 'default') AS pipeline
  FROM public.deals AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer FOR KEY SHARE
), wanted AS MATERIALIZED (
  SELECT b.id, b.org_id, b.pipeline, coalesce(n.from_stage, b.stage) AS stage, coalesce(n.changed_at, now()) AS noted_at
  FROM batch AS b
  LEFT JOIN LATERAL (SELECT c.from_stage, c.changed_at FROM public.deal_stage_changes AS c
                     WHERE c.org_id = b.org_id AND c.deal_id = b.id AND c.from_stage <> c.to_stage AND NOT c.is_told
                     ORDER BY c.changed_at, c.entered_at LIMIT 1) AS n ON true
  WHERE b.org_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.deal_stage_changes AS c WHERE c.org_id = b.org_id AND c.deal_id = b.id AND c.from_stage IS NULL)
), told AS (
  SELECT w.org_id, w.id AS deal_id, w.pipeline, a.id, a.at, a.from_stage, a.to_stage, a.user_id,
         CASE WHEN lag(a.to_stage) OVER by_time = a.from_stage THEN lag(a.at) OVER by_time END AS before_at,
         a.to_stage IS NOT DISTINCT FROM CASE WHEN lead(a.id) OVER by_time IS NULL THEN w.stage ELSE lead(a.from_stage) OVER by_time END AS joins
  FROM wanted AS w
  CROSS JOIN LATERAL (
    SELECT a.id, coalesce(a.occurred_at, a.created_at)::timestamptz AS at, to_jsonb(a.metadata) ->> 'from' AS from_stage,
           to_jsonb(a.metadata) ->> 'to' AS to_stage, a.user_id
    FROM public.activities AS a WHERE a.org_id = w.org_id AND a.deal_id = w.id AND a.type::text = 'stage_change') AS a
  WHERE a.at < w.noted_at AND a.to_stage <> '' AND a.from_stage IS DISTINCT FROM a.to_stage
  WINDOW by_time AS (PARTITION BY w.org_id, w.id ORDER BY a.at, a.id)
), sound AS MATERIALIZED (
  SELECT s.* FROM (SELECT t.*, bool_and(t.joins) OVER (PARTITION BY t.org_id, t.deal_id ORDER BY t.at DESC, t.id DESC) AS is_sound FROM told AS t) AS s
  WHERE s.is_sound
), changed AS (
  INSERT INTO public.deal_stage_changes AS c (org_id, deal_id, id, changed_at, pipeline, from_stage, to_stage, entered_at, changed_by, is_told)
  SELECT s.org_id, s.deal_id, s.id, s.at, s.pipeline, s.from_stage, s.to_stage, s.before_at, s.user_id, true FROM sound AS s WHERE s.from_stage IS NOT NULL
  ON CONFLICT DO NOTHING
  RETURNING c.deal_id
), first_rows AS (
  INSERT INTO public.deal_stage_changes AS c (org_id, deal_id, id, changed_at, pipeline, from_stage, to_stage, changed_by, is_told)
  SELECT w.org_id, w.id, w.id, coalesce(s.at, w.noted_at), w.pipeline, CASE WHEN s.id IS NULL OR s.from_stage IS NOT NULL THEN coalesce(s.from_stage, w.stage) END,
         CASE WHEN s.id IS NOT NULL AND s.from_stage IS NULL THEN s.to_stage ELSE coalesce(s.from_stage, w.stage) END, s.user_id, true
  FROM wanted AS w
  LEFT JOIN LATERAL (SELECT f.id, f.at, f.from_stage, f.to_stage, f.user_id FROM sound AS f WHERE f.org_id = w.org_id AND f.deal_id = w.id
                     ORDER BY f.at, f.id LIMIT 1) AS s ON true
  ON CONFLICT (org_id, deal_id, id) DO UPDATE SET changed_at = excluded.changed_at, from_stage = excluded.from_stage, to_stage = excluded.to_stage, changed_by = excluded.changed_by
  WHERE excluded.from_stage IS NULL OR excluded.changed_at < c.changed_at
  RETURNING c.deal_id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM (SELECT k.deal_id FROM changed AS k UNION SELECT f.deal_id FROM first_rows AS f) AS n) AS changed;
