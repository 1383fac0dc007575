-- Lists how imports of many users stand.
-- params:   $1 user_ids uuid[] | $2 job_ids uuid[]
-- rows:     user_id uuid | id uuid | kind text | status text | dry_run bool | rows_read int8 | bytes_read int8 | bytes_total int8? | imported int8 | updated int8 | duplicates int8 | errors int8 | updated_at timestamptz | finished_at timestamptz?
-- index:    none: inside a function
-- mode:     read
-- place:    user
-- reads:    import_jobs
-- plan:     none, because it calls a function that only the worker may execute
-- timeout:  2 s
-- budget:   0
SELECT user_id, id, kind, status, dry_run, rows_read, bytes_read, bytes_total, imported, updated, duplicates, errors, updated_at, finished_at
FROM salesflow.list_import_progress($1, $2)
