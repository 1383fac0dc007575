-- why: the live stream tells how far an import is. Its reader serves many people at once, so it asks by user and job, as
--      the worker; nobody else may know of others' imports.
-- phase: base
-- transaction: one
-- lock: none
-- owner: imports
-- undo: 0095_base_import_progress.down.sql

-- list_import_progress(users, jobs) -> how these imports stand; a job of another user than the one beside it is absent.
CREATE FUNCTION salesflow.list_import_progress(p_users uuid[], p_jobs uuid[])
RETURNS TABLE (user_id uuid, id uuid, kind text, status text, dry_run boolean, rows_read bigint, bytes_read bigint, bytes_total bigint,
               imported bigint, updated bigint, duplicates bigint, errors bigint, updated_at timestamptz, finished_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT j.user_id, j.id, j.kind, j.status, j.dry_run, j.rows_read, j.bytes_read, j.bytes_total,
         j.imported, j.updated, j.duplicates, j.errors, j.updated_at, j.finished_at
  FROM (SELECT DISTINCT u.user_id, u.id FROM unnest(p_users, p_jobs) AS u (user_id, id)) AS asked
  JOIN public.import_jobs AS j ON j.user_id = asked.user_id AND j.id = asked.id
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_import_progress(uuid[], uuid[])', 'salesflow_worker');
