-- Deletes changes from the front of the feed, up to 5,000: what every subscriber has taken and no stream needs any more.
-- params:   $1 keep_rows int8 | $2 keep_s int8
-- rows:     deleted int8 | more bool
-- index:    change_feed_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.change_feed, salesflow.change_feed_start
-- plan:     none, because salesflow_worker runs it, over tables that only it reads
-- timeout:  5 s
-- budget:   40000
-- note:     a change goes when it is older than $2 or not among the newest $1. The newest stays, and the one at which a subscriber stands:
--           readers know by it that nothing was lost. It looks at 5,000 numbers behind those that are gone, so it walks over none of these.
WITH limits AS (
  SELECT s.deleted_to, s.deleted_to + 5000 AS looked_to, least(e.number, coalesce(p.place, e.number)) - 1 AS free_to, e.number - $1 AS old_to
  FROM salesflow.change_feed_start AS s
  CROSS JOIN LATERAL (SELECT f.number FROM salesflow.change_feed AS f ORDER BY f.number DESC LIMIT 1) AS e
  CROSS JOIN (SELECT min(c.place) AS place FROM salesflow.change_subscribers AS c) AS p
), kept AS (
  SELECT min(f.number) AS number FROM limits AS l
  JOIN salesflow.change_feed AS f ON f.number > l.deleted_to AND f.number <= l.looked_to
  WHERE f.number > l.free_to OR f.number > l.old_to AND f.moved_at > now() - $2 * interval '1 second'
), goal AS (
  SELECT l.deleted_to, greatest(l.deleted_to, least(l.free_to, coalesce(k.number - 1, l.looked_to))) AS upto, l.looked_to FROM limits AS l CROSS JOIN kept AS k
), gone AS (
  DELETE FROM salesflow.change_feed AS f USING goal AS g WHERE f.number > g.deleted_to AND f.number <= g.upto RETURNING f.number
), noted AS (
  UPDATE salesflow.change_feed_start AS s SET deleted_to = g.upto FROM goal AS g WHERE g.upto > g.deleted_to
)
SELECT (SELECT count(*) FROM gone) AS deleted, g.upto = g.looked_to AS more FROM goal AS g
