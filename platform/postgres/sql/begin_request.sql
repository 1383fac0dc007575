-- Sets the tenant and the time limit of this transaction and tells what it sees; first statement of every request.
-- params:   $1 user_id text | $2 org_id text | $3 statement_timeout_ms text
-- variants: xid: , pg_current_xact_id()
-- variants: replayed: , CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END
-- variants: as_of: , pg_catalog.transaction_timestamp()
-- rows:     snapshot text | xid xid8 (writes) | replayed pg_lsn (replicas; NULL: it is no replica any more) | as_of timestamptz (shared snapshots)
-- index:    none: no table
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    none: the instant is the request's own, no part of an answer
-- timeout:  1 s
-- budget:   0
-- note:     set_config stands in WHERE because its text is not wanted back: three columns less in every answer
SELECT pg_catalog.pg_current_snapshot()::text /*xid*/ /*replayed*/ /*as_of*/
WHERE pg_catalog.set_config('app.user_id', $1, true) IS NOT NULL
  AND pg_catalog.set_config('app.org_id', $2, true) IS NOT NULL
  AND pg_catalog.set_config('statement_timeout', $3, true) IS NOT NULL
