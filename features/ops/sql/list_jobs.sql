-- All background jobs: who runs each, its last run, its next.
-- params:   none
-- rows:     name text | place text | node text? | epoch int8? | lease_expires_at timestamptz? | started_at timestamptz? | ended_at timestamptz? |
--           outcome text? | runs int8? | rows int8? | error text? | next_run_at timestamptz? | last_success_at timestamptz? | is_late bool
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.job_leases, salesflow.job_runs
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what ran while the service did
-- timeout:  2 s
-- budget:   400
-- note:     of a job that each node runs, the nodes of the last hour.
SELECT j.name, j.place, j.node, j.epoch, j.lease_expires_at, j.started_at, j.ended_at, j.outcome, j.runs, j.rows, j.error, j.next_run_at,
       j.last_success_at, j.is_late
FROM salesflow.list_jobs() AS j
ORDER BY j.name, j.node;
