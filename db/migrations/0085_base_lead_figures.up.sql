-- why: how a user's leads stand (by status and by score), and where and when they came from, without reading them.
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on leads while the triggers are added, without a scan; then leads are read twice, beside their
--       writers
-- owner: leads
-- undo: 0085_base_lead_figures.down.sql
--
--   user_lead_standings  leads by status, and how many of them are hot (p_score >= 80), warm (60), cool (40), and at 75
--                        or more, by which hot leads are listed; those without a score are none of these
--   user_lead_arrivals   leads by the UTC day they were made on and their source
CALL salesflow.ensure_rollup('lead_standings', 'public.leads', '{user_id}',
  p_keys => $$
    status text = coalesce(r.status_key, left(lower(coalesce(r.status::text, 'new')), 50))
  $$, p_measures => $$
    leads = count(*)
    hot = count(*) FILTER (WHERE r.p_score_key >= 8000)
    warm = count(*) FILTER (WHERE r.p_score_key BETWEEN 6000 AND 7999)
    cool = count(*) FILTER (WHERE r.p_score_key BETWEEN 4000 AND 5999)
    from_75 = count(*) FILTER (WHERE r.p_score_key >= 7500)
  $$);
DO $do$
DECLARE
  v_type text := (SELECT format_type(a.atttypid, NULL) FROM pg_attribute AS a
                  WHERE a.attrelid = 'public.leads'::regclass AND a.attname = 'created_at' AND NOT a.attisdropped);
BEGIN
  CALL salesflow.ensure_rollup('lead_arrivals', 'public.leads', '{user_id}',
    p_keys => format($k$
      day date = %s
      source text = left(coalesce(nullif(btrim(r.source::text), ''), 'unknown'), 100)
    $k$, CASE WHEN v_type = 'timestamp with time zone' THEN 'timezone(''UTC'', r.created_at)::date'
              WHEN v_type IN ('timestamp without time zone', 'date') THEN 'r.created_at::date'
              ELSE 'timezone(''UTC'', salesflow.time_or_null(r.created_at::text))::date' END),
    p_measures => 'leads = count(*)');
END $do$;
CALL salesflow.recount_rollup('user_lead_standings');
CALL salesflow.recount_rollup('user_lead_arrivals');
