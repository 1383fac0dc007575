-- Notes on the lease which backend is about to do the job's work.
-- params:   $1 name text | $2 epoch int8 | $3 holder text | $4 pid int4 | $5 backend_start timestamptz
-- rows:     none
-- index:    job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   20
-- note:     a transaction of its own, so that who takes over sees it. No row changed: the lease is lost, or has expired.
UPDATE salesflow.job_leases SET backend_pid = $4, backend_start = $5
WHERE name = $1 AND epoch = $2 AND holder = $3 AND expires_at > now();
