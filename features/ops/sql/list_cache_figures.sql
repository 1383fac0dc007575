-- What the cache of each node did by policy, since it started.
-- params:   none
-- rows:     node text | policy text | ttl_ms int8 | hit int8 | stale int8 | joined int8 | miss int8 | bypass int8 | stored int8 | too_large int8 |
--           invalidated int8 | expired int8 | made int8 | made_us int8
-- index:    none: inside a function, a few rows a node
-- mode:     read
-- place:    accounts
-- reads:    salesflow.cache_figures
-- plan:     none, because it reads no tenant's rows, and only what nodes noted while the service ran
-- timeout:  2 s
-- budget:   200
SELECT f.node, f.policy, f.ttl_ms, f.hit, f.stale, f.joined, f.miss, f.bypass, f.stored, f.too_large, f.invalidated, f.expired, f.made, f.made_us
FROM salesflow.list_cache_figures() AS f
