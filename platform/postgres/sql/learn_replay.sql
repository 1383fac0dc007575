-- How far a replica has replayed, and whose WAL; asked a few times a second.
-- params:   none
-- rows:     in_recovery bool | replayed pg_lsn (NULL: it is no standby) | system_identifier int8 | timeline int4
-- index:    none: no table
-- mode:     read
-- place:    none
-- reads:    none
-- timeout:  1 s
-- budget:   0
-- note:     the timeline is in the control file late, but never too early: until then a standby of a new primary is not asked
SELECT pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END,
       (SELECT system_identifier FROM pg_control_system()),
       CASE WHEN pg_is_in_recovery()
            THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                          (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4 END
