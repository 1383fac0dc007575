-- A position in the WAL that is not before the commit of the Sync in front of it; only asked where a replica exists.
-- params:   none
-- rows:     lsn pg_lsn
-- index:    none: no table
-- mode:     read
-- place:    none
-- reads:    none
-- timeout:  1 s
-- budget:   0
SELECT pg_current_wal_insert_lsn()
