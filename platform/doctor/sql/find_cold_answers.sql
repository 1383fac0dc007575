-- Whether the cache of answers answers, all nodes and policies together.
-- params:   $1 answers_asked_min int8 | $2 answers_share_min float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.cache_figures
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  10 s
-- budget:   20000
SELECT 'cache' AS object,
       json_build_object('percent', round(100 * t.found / t.asked, 1), 'asked', t.asked, 'worst', t.worst)::text AS evidence,
       NULL AS remedy, NULL AS undo
FROM (SELECT sum(f.hit + f.stale + f.joined) AS found, sum(f.hit + f.stale + f.joined + f.miss) AS asked,
             (array_agg(f.policy ORDER BY f.miss DESC))[1] AS worst FROM salesflow.list_cache_figures() AS f) AS t
WHERE t.asked >= $1::int8 AND t.asked > 0 AND t.found < $2::float8 * t.asked
