-- Makes the leases that are missing, and notes how often each job comes.
-- params:   $1 names text[] | $2 interval_ms int8[] | $3 deadline_ms int8[]
-- rows:     none
-- index:    job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   100
INSERT INTO salesflow.job_leases AS l (name, interval_ms, deadline_ms)
SELECT j.name, j.interval_ms, j.deadline_ms FROM unnest($1, $2, $3) AS j (name, interval_ms, deadline_ms)
ON CONFLICT (name) DO UPDATE SET interval_ms = excluded.interval_ms, deadline_ms = excluded.deadline_ms
WHERE (l.interval_ms, l.deadline_ms) IS DISTINCT FROM (excluded.interval_ms, excluded.deadline_ms);
