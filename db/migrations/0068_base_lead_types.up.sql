-- why: tags may have been found as text[], jsonb or text, and next_follow_up as date, instant or text. Statements that
--      write many leads at once need them as what the columns are.
-- phase: base
-- transaction: one
-- lock: none
-- owner: leads
-- undo: 0068_base_lead_types.down.sql
--
--   salesflow_lead_tags(text[])  the tags as the column's type holds them
--   salesflow_lead_day(date)     the day as next_follow_up's type holds it; at midnight UTC where it is an instant
-- In SQL, without side effects or settings of their own, so that statements take them in whole.
DO $$
DECLARE
  v_tags text := (SELECT format_type(a.atttypid, NULL) FROM pg_attribute AS a WHERE a.attrelid = 'public.leads'::regclass AND a.attname = 'tags');
  v_day text := (SELECT format_type(a.atttypid, NULL) FROM pg_attribute AS a WHERE a.attrelid = 'public.leads'::regclass AND a.attname = 'next_follow_up');
BEGIN
  EXECUTE format('CREATE FUNCTION public.salesflow_lead_tags(p_tags text[]) RETURNS %s LANGUAGE sql STABLE PARALLEL SAFE RETURN %s', v_tags,
                 format(CASE WHEN v_tags LIKE '%[]' THEN 'p_tags::%s' ELSE 'to_json(p_tags)::text::%s' END, v_tags));
  EXECUTE format('CREATE FUNCTION public.salesflow_lead_day(p_day date) RETURNS %s LANGUAGE sql STABLE PARALLEL SAFE RETURN %s', v_day,
                 format(CASE WHEN v_day IN ('text', 'character varying') THEN 'to_char(p_day, ''YYYY-MM-DD'')::%s'
                             WHEN v_day = 'timestamp with time zone' THEN '(p_day::timestamp AT TIME ZONE ''UTC'')::%s' ELSE 'p_day::%s' END, v_day));
END $$;
