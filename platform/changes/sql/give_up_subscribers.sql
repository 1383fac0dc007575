-- Gives subscribers up that are behind and have confirmed nothing for a week, or are 10 million changes behind.
-- params:   none
-- rows:     none
-- index:    none: a handful of rows
-- mode:     write
-- place:    accounts
-- writes:   salesflow.change_subscribers
-- plan:     none, because salesflow_worker runs it, over tables that only it reads
-- timeout:  2 s
-- budget:   100
DELETE FROM salesflow.change_subscribers AS s
USING (SELECT coalesce(max(f.number), 0) AS number FROM salesflow.change_feed AS f) AS e
WHERE s.place < e.number AND (s.confirmed_at < now() - interval '7 days' OR s.place < e.number - 10000000)
