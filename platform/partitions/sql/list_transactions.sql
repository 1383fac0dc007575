-- Transactions of this database that are open, without this one and one more; asked by the worker while it waits for them.
-- params:   $1 pid int4
-- rows:     virtual_id text
-- index:    none: the lock table
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads what runs at this moment
-- timeout:  2 s
-- budget:   0
-- note:     pid: the one more. A transaction holds the lock of its own virtual id from begin to end, and anybody may see that
SELECT l.virtualtransaction AS virtual_id
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.granted AND l.mode = 'ExclusiveLock' AND l.pid NOT IN ($1, pg_backend_pid())
  AND a.datid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
