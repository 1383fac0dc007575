-- What became of a transaction whose connection was lost: committed, aborted, in progress, or NULL (too old, unknown).
-- params:   $1 xid text
-- rows:     status text | next_xid text (of the last checkpoint, "epoch:xid") | in_recovery bool | system_identifier int8 | stats_epoch timestamptz
-- index:    none: no table
-- mode:     read
-- place:    none
-- reads:    none
-- timeout:  2 s
-- budget:   0
-- note:     pg_xact_status refuses ids from the future, and the newest id in progress looks like one: 'beyond'
SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::xid8) ELSE 'beyond' END,
       (SELECT next_xid FROM pg_control_checkpoint()),
       pg_is_in_recovery(),
       (SELECT system_identifier FROM pg_control_system()),
       coalesce(pg_stat_get_bgwriter_stat_reset_time(), '-infinity'::timestamptz)
