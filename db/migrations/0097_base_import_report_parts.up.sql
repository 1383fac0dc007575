-- why: an import's report tells several things of one line (0096), so its key has the part as well.
-- phase: base
-- transaction: none
-- lock: ACCESS EXCLUSIVE on import_errors for a moment; the key's index is built beside reads and writes
-- owner: imports
-- undo: 0097_base_import_report_parts.down.sql
CREATE UNIQUE INDEX CONCURRENTLY import_errors_parts ON public.import_errors
  (user_id, job_id, line, part);
DO $$
BEGIN
  ALTER TABLE public.import_errors DROP CONSTRAINT import_errors_pkey,
    ADD CONSTRAINT import_errors_pkey PRIMARY KEY USING INDEX import_errors_parts;
END $$;
