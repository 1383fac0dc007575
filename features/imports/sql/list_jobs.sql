-- A user's import jobs, newest first.
-- params:   $1 user_id uuid | $2 limit_rows int8
-- rows:     id uuid | kind text | status text | file_name text? | options jsonb | dry_run bool | rows_read int8 | bytes_read int8 | bytes_total int8? | digest text | imported int8 | updated int8 | duplicates int8 | errors int8 | fields_dropped int8 | unmapped_columns jsonb | problem text? | created_at timestamptz | updated_at timestamptz | finished_at timestamptz? | row_version int8
-- index:    import_jobs_user_created_idx
-- mode:     read
-- place:    user
-- reads:    import_jobs
-- clock:    bounded
-- timeout:  200 ms
-- budget:   8 + 1 * rows
SELECT id, kind, CASE WHEN status = 'running' AND updated_at < now() - interval '1 minute' THEN 'interrupted' ELSE status END,
       file_name, options, dry_run, rows_read, bytes_read, bytes_total, encode(digest, 'hex'),
       imported, updated, duplicates, errors, fields_dropped, unmapped_columns, problem, created_at, updated_at, finished_at, row_version
FROM import_jobs WHERE user_id = $1
ORDER BY created_at DESC, id DESC LIMIT $2;
