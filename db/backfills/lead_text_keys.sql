-- backfill: lead_text_keys | table: leads | after: 0100 | rows: last_key uuid, looked int8, changed int8
-- why: keys made before 0100 hold spellings of one address or number apart; such leads would be made again.
-- The trigger zz_salesflow_match_keys makes all keys of a row anew when one of them was changed.
-- params: $1 last key of the batch before, uuid; the zero uuid for the first | $2 rows to look at
WITH batch AS (
  SELECT t.id, (t.name_key IS DISTINCT FROM public.salesflow_fold(t.name_key) OR t.email_key IS DISTINCT FROM public.salesflow_email_key(t.email)
                OR t.phone_key IS DISTINCT FROM public.salesflow_phone_key(t.phone, public.salesflow_country_of(t.user_id))) AS needed
  FROM public.leads AS t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $2::integer
), changed AS (
  UPDATE public.leads AS t SET name_key = NULL
  FROM (SELECT b.id FROM batch AS b WHERE b.needed ORDER BY b.id) AS b
  WHERE t.id = b.id
  RETURNING t.id
)
SELECT (SELECT max(b.id::text)::uuid FROM batch AS b) AS last_key, (SELECT count(*) FROM batch AS b) AS looked,
       (SELECT count(*) FROM changed AS c) AS changed;
