-- Every kept figure: how many rows it has, what waits for the worker, when that last ran, what the last verify found.
-- params:   none
-- rows:     name text | kind text | source text | log text? | rows int8? | waiting int8? | waiting_since timestamptz? | job text |
--           last_run_at timestamptz? | last_success_at timestamptz? | wrong int8? | verified_at timestamptz? | rebuilt_at timestamptz?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.figure_checks, salesflow.job_leases, salesflow.job_runs
-- plan:     none, because it reads no tenant's rows, and counts each figure's only up to 100,000
-- timeout:  10 s
-- budget:   20000
SELECT f.name, f.kind, f.source, f.log, f.rows, f.waiting, f.waiting_since, f.job, f.last_run_at, f.last_success_at, f.wrong, f.verified_at, f.rebuilt_at
FROM salesflow.list_figures() AS f
