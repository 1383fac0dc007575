-- The key is the line alone again, so what else is told of it goes.
DELETE FROM public.import_errors WHERE part > 0;
CREATE UNIQUE INDEX CONCURRENTLY import_errors_lines ON public.import_errors
  (user_id, job_id, line);
DO $$
BEGIN
  ALTER TABLE public.import_errors DROP CONSTRAINT import_errors_pkey,
    ADD CONSTRAINT import_errors_pkey PRIMARY KEY USING INDEX import_errors_lines;
END $$;
