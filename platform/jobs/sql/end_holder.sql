-- Ends the backend that runs the job of an expired lease, and waits until it is gone.
-- params:   $1 name text | $2 epoch int8
-- rows:     ended bool
-- index:    job_leases_pkey
-- mode:     write
-- place:    none
-- writes:   none
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  4 s
-- budget:   20
-- note:     by pid and start, for a pid is given again; behind a pooler it may have come to be ours, and then runs no job. No row: nothing runs. The worker may end backends of its own role only.
SELECT pg_terminate_backend(a.pid, 2000) AS ended
FROM salesflow.job_leases AS l
JOIN pg_stat_activity AS a ON a.pid = l.backend_pid AND a.backend_start = l.backend_start AND a.pid <> pg_backend_pid()
WHERE l.name = $1 AND l.epoch = $2 AND l.expires_at <= now();
