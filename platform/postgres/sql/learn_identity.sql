-- Who answers on this connection: asked once, when it opens.
-- params:   none
-- rows:     system_identifier int8 | timeline int4 | in_recovery bool | stats_epoch timestamptz
-- index:    none: no table
-- mode:     read
-- place:    none
-- reads:    none
-- timeout:  2 s
-- budget:   0
-- note:     stats_epoch is set anew by crash recovery (and only kept by a clean restart), so it tells a crash apart
SELECT (SELECT system_identifier FROM pg_control_system()),
       CASE WHEN pg_is_in_recovery()
            THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                          (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4 END,
       pg_is_in_recovery(),
       coalesce(pg_stat_get_bgwriter_stat_reset_time(), '-infinity'::timestamptz)
