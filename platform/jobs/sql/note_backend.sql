-- Notes on the lease which backend is about to do the job's work; one that stands there already is left.
-- params:   $1 name text | $2 epoch int8 | $3 holder text | $4 pid int4 | $5 backend_start timestamptz
-- rows:     epoch int8
-- index:    job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   20
-- note:     a transaction of its own, so that who takes over sees it. No row: the lease is lost, or has expired. A job that comes many
--           times a second would leave as many dead rows behind, which all look-ups walk while a snapshot is held.
WITH lease AS MATERIALIZED (
  SELECT l.name, l.epoch, (l.backend_pid, l.backend_start) IS DISTINCT FROM ($4, $5) AS is_new FROM salesflow.job_leases AS l
  WHERE l.name = $1 AND l.epoch = $2 AND l.holder = $3 AND l.expires_at > now()
), noted AS (
  UPDATE salesflow.job_leases AS l SET backend_pid = $4, backend_start = $5
  FROM lease AS k WHERE l.name = k.name AND l.epoch = k.epoch AND k.is_new
)
SELECT l.epoch FROM lease AS l;
