-- Forgets a job and its report; the leads stay.
-- params:   $1 user_id uuid | $2 job_id uuid
-- rows:     none
-- index:    import_jobs_pkey
-- mode:     write
-- place:    user
-- writes:   import_jobs, import_errors
-- timeout:  30 s
-- budget:   60 + 5 * rows
DELETE FROM import_jobs WHERE user_id = $1 AND id = $2;
