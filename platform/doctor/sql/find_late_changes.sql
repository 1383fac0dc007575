-- Changes that wait to be moved into the feed.
-- params:   $1 change_age_s float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    outbox, salesflow.change_feed, salesflow.change_subscribers, salesflow.job_leases, salesflow.job_runs
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  10 s
-- budget:   20000
-- note:     where no worker has run yet, nobody moves them, and nobody waits
SELECT DISTINCT 'outbox' AS object, json_build_object('waiting', c.waiting, 'seconds', extract(epoch FROM now() - c.waiting_since)::int8)::text AS evidence, NULL AS remedy, NULL AS undo
FROM salesflow.list_changes() AS c
WHERE c.waiting_since < now() - $1::float8 * interval '1 second' AND EXISTS (SELECT FROM salesflow.list_jobs() AS j WHERE j.last_success_at IS NOT NULL)
