-- Moves a job from one position to the next; touches no row when it stands elsewhere.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 rows_before int8 | $4 rows_read int8 | $5 bytes_read int8 | $6 digest text | $7 imported int8 | $8 updated int8 | $9 duplicates int8 | $10 errors int8 | $11 fields_dropped int8 | $12 unmapped_columns text | $13 is_last bool
-- rows:     none
-- index:    import_jobs_pkey
-- mode:     write
-- place:    user
-- writes:   import_jobs
-- timeout:  10 s
-- budget:   40
UPDATE import_jobs
SET rows_read = $4, bytes_read = $5, digest = decode($6, 'hex'), imported = imported + $7, updated = updated + $8,
    duplicates = duplicates + $9, errors = errors + $10, fields_dropped = fields_dropped + $11, unmapped_columns = $12::jsonb,
    problem = NULL, status = CASE WHEN $13 THEN 'completed' ELSE 'running' END,
    finished_at = CASE WHEN $13 THEN clock_timestamp() END
WHERE user_id = $1 AND id = $2 AND rows_read = $3 AND status <> 'completed';
