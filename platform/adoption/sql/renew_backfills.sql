-- Makes the backfills that hand out organisations due again, in the transaction that makes memberships: a run that is
-- killed afterwards goes on with them.
-- params:   none
-- rows:     name text
-- index:    none: a table of some rows
-- mode:     write
-- place:    accounts
-- writes:   salesflow.backfills
-- plan:     none, because the migrating login runs it
-- timeout:  10 s
-- budget:   0
UPDATE salesflow.backfills AS b SET last_key = NULL, looked = 0, changed = 0, started_at = now(), finished_at = NULL
WHERE b.name LIKE '%\_organisation'
RETURNING b.name
