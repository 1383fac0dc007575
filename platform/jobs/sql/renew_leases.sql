-- Renews the leases that a node still holds, and tells the state of all it asks for.
-- params:   $1 holder text | $2 names text[] | $3 epochs int8[] | $4 lease_ms int8
-- rows:     name text | epoch int8 | is_mine bool | is_expired bool | next_run_at timestamptz | last_success_at timestamptz?
-- index:    job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   100
-- note:     changes no column of a key, so the FOR KEY SHARE of a run that goes on does not stop it. An expired lease that nobody
--           took is the holder's still.
WITH mine AS (
  UPDATE salesflow.job_leases AS l SET expires_at = now() + $4 * interval '1 millisecond'
  FROM unnest($2, $3) AS m (name, epoch)
  WHERE l.name = m.name AND l.epoch = m.epoch AND l.holder = $1
  RETURNING l.name
)
SELECT l.name, l.epoch, EXISTS (SELECT FROM mine AS m WHERE m.name = l.name) AS is_mine, l.expires_at <= now() AS is_expired,
       l.next_run_at, l.last_success_at
FROM salesflow.job_leases AS l WHERE l.name = ANY ($2);
