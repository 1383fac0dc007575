-- Takes an expired lease over: raises its epoch, and says of the runs before that they were lost.
-- params:   $1 name text | $2 epoch int8 | $3 holder text | $4 lease_ms int8
-- rows:     epoch int8
-- index:    job_leases_pkey, job_runs_open_idx
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases, salesflow.job_runs
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   40
-- note:     the epoch is part of a key, so this waits for a run that still holds the row FOR KEY SHARE. No row: somebody else
--           was faster, or the holder renewed.
WITH taken AS (
  UPDATE salesflow.job_leases SET epoch = epoch + 1, holder = $3, expires_at = now() + $4 * interval '1 millisecond',
                                  backend_pid = NULL, backend_start = NULL
  WHERE name = $1 AND epoch = $2 AND expires_at <= now()
  RETURNING name, epoch
), lost AS (
  UPDATE salesflow.job_runs AS r SET outcome = 'failed', ended_at = now(), error = 'The node that ran it was lost'
  FROM taken AS t WHERE r.name = t.name AND r.epoch < t.epoch AND r.ended_at IS NULL
)
SELECT t.epoch FROM taken AS t;
