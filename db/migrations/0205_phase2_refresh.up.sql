-- why: fills the materialized views and has pg_cron refresh them where it is installed; elsewhere the service's worker
--      does. Filling reads whole tables; on a database where that takes longer than a statement may, they stay
--      empty until the first scheduled refresh.
-- phase: phase2
-- transaction: none
-- lock: none on found tables
-- owner: analytics
-- undo: 0205_phase2_refresh.down.sql
DO $$
DECLARE
  v_name text;
BEGIN
  FOREACH v_name IN ARRAY ARRAY['mv_rlhf_sessions_daily', 'mv_template_performance', 'mv_hot_leads'] LOOP
    PERFORM salesflow.refresh_materialized_view(v_name);
  END LOOP;
EXCEPTION WHEN query_canceled THEN
  RAISE NOTICE 'materialized views are filled by their first scheduled refresh; now it would take too long';
END $$;
DO $$
DECLARE
  v record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
    RETURN;
  END IF;
  FOR v IN SELECT * FROM (VALUES ('mv_rlhf_sessions_daily', '*/10 * * * *'), ('mv_hot_leads', '*/15 * * * *'),
                                 ('mv_template_performance', '20 3 * * *')) AS s (name, schedule) LOOP
    CONTINUE WHEN salesflow.made('cron job', 'salesflow-' || v.name);
    EXECUTE format('SELECT cron.schedule(%L, %L, %L)', 'salesflow-' || v.name, v.schedule,
                   format('SELECT salesflow.refresh_materialized_view(%L)', v.name));
    CALL salesflow.record('cron job', 'salesflow-' || v.name, format('CALL salesflow.unschedule(%L)', 'salesflow-' || v.name));
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'pg_cron not used: %; the service''s worker refreshes', SQLERRM;
END $$;
