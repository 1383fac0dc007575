-- The place of a subscriber; one that is not known begins at the end of the feed.
-- params:   $1 name text
-- rows:     place int8
-- index:    change_subscribers_pkey, change_feed_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.change_subscribers
-- plan:     none, because salesflow_worker runs it, over tables that only it reads
-- timeout:  2 s
-- budget:   40
-- note:     one that is known is written, too: it is there again, and has its time.
INSERT INTO salesflow.change_subscribers AS s (name, place)
SELECT $1, coalesce(max(f.number), 0) FROM salesflow.change_feed AS f
ON CONFLICT (name) DO UPDATE SET confirmed_at = now()
RETURNING s.place
