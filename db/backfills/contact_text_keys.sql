-- backfill: contact_text_keys | table: contacts | after: 0100 | rows: last_key uuid, looked int8, changed int8
-- why: texts made before 0100 keep accents and hold no phone numbers, so that a search would miss them; the trigger makes both.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.search_text IS DISTINCT FROM public.salesflow_fold(t.search_text)
                OR t.name_lc IS DISTINCT FROM left(public.salesflow_fold(coalesce(t.name, 'Unbekannt')), 200)
                OR coalesce(strpos(t.search_text, public.salesflow_search_digits(t.phone)), 1) = 0
                OR coalesce(strpos(t.search_text, public.salesflow_search_digits(t.phone_secondary)), 1) = 0) AS needed
  FROM public.contacts AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.contacts AS t SET search_text = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
