-- The cache of each node of the last hour, as it said last.
-- params:   none
-- rows:     node text | noted_at timestamptz | is_on bool | hears bool? | flushes int8 | memory_bytes int8 | memory_entries int8 | proofs_checked int8 |
--           proofs_wrong int8 | age_max_ms int8 | bumps_failed int8
-- index:    none: inside a function, a row a node
-- mode:     read
-- place:    accounts
-- reads:    salesflow.cache_nodes
-- plan:     none, because it reads no tenant's rows, and only what nodes noted while the service ran
-- timeout:  2 s
-- budget:   100
SELECT n.node, n.noted_at, n.is_on, n.hears, n.flushes, n.memory_bytes, n.memory_entries, n.proofs_checked, n.proofs_wrong, n.age_max_ms, n.bumps_failed
FROM salesflow.list_cache_nodes() AS n
