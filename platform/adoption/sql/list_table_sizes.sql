-- The largest tables of schema public with rows as estimated and bytes with their indexes; for `salesflow adopt`.
-- params:   none
-- rows:     name text | rows int8 | bytes int8
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  30 s
-- budget:   0
SELECT c.relname::text AS name, greatest(c.reltuples, 0)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes
FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY pg_total_relation_size(c.oid) DESC, c.relname LIMIT 6
