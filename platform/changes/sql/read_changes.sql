-- Changes from a number on, that one included, in their order.
-- params:   $1 from_number int8 | $2 limit_rows int4
-- rows:     number int8 | topic text | operation text | user_id uuid? | org_id uuid? | ids uuid[]? | written_at timestamptz |
--           xid int8?
-- index:    change_feed_pkey
-- mode:     read
-- place:    accounts
-- reads:    salesflow.change_feed
-- plan:     none, because salesflow_worker runs it, over tables that only it reads
-- timeout:  2 s
-- budget:   10 + 1 * rows
SELECT f.number, f.topic, f.operation, f.user_id, f.org_id, f.ids, f.written_at, f.xid
FROM salesflow.change_feed AS f WHERE f.number >= $1 ORDER BY f.number LIMIT $2
