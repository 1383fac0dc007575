-- Makes the job of an import; no row when the user has one of that id.
-- params:   $1 id uuid | $2 user_id uuid | $3 file_name text | $4 options text | $5 dry_run bool | $6 bytes_total int8
-- rows:     id uuid | kind text | status text | file_name text? | options jsonb | dry_run bool | rows_read int8 | bytes_read int8 | bytes_total int8? | digest text | imported int8 | updated int8 | duplicates int8 | errors int8 | fields_dropped int8 | unmapped_columns jsonb | problem text? | created_at timestamptz | updated_at timestamptz | finished_at timestamptz? | row_version int8
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   import_jobs
-- timeout:  500 ms
-- budget:   60
INSERT INTO import_jobs (id, user_id, kind, file_name, options, dry_run, bytes_total)
VALUES ($1, $2, 'leads', $3, $4::jsonb, $5, $6)
ON CONFLICT (user_id, id) DO NOTHING
RETURNING id, kind, status, file_name, options, dry_run, rows_read, bytes_read, bytes_total, encode(digest, 'hex'),
          imported, updated, duplicates, errors, fields_dropped, unmapped_columns, problem, created_at, updated_at, finished_at, row_version;
