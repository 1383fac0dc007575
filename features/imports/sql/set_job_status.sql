-- Takes a job up again (without a problem) or notes what stopped it; a completed one stays as it is.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 problem text
-- rows:     id uuid | kind text | status text | file_name text? | options jsonb | dry_run bool | rows_read int8 | bytes_read int8 | bytes_total int8? | digest text | imported int8 | updated int8 | duplicates int8 | errors int8 | fields_dropped int8 | unmapped_columns jsonb | problem text? | created_at timestamptz | updated_at timestamptz | finished_at timestamptz? | row_version int8
-- index:    import_jobs_pkey
-- mode:     write
-- place:    user
-- writes:   import_jobs
-- timeout:  500 ms
-- budget:   40
UPDATE import_jobs
SET status = CASE WHEN status = 'completed' THEN status WHEN $3 IS NULL THEN 'running' ELSE 'failed' END,
    problem = CASE WHEN status = 'completed' THEN problem ELSE $3 END
WHERE user_id = $1 AND id = $2
RETURNING id, kind, status, file_name, options, dry_run, rows_read, bytes_read, bytes_total, encode(digest, 'hex'),
          imported, updated, duplicates, errors, fields_dropped, unmapped_columns, problem, created_at, updated_at, finished_at, row_version;
