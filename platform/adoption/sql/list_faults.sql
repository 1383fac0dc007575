-- What stands wrong after an adoption: invalid indexes and foreign keys of ours that old rows break.
-- params:   none
-- rows:     kind text (index, foreign_key) | name text
-- index:    none: catalogue
-- mode:     read
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT 'index' AS kind, i.indexrelid::regclass::text AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
WHERE NOT i.indisvalid AND c.relkind <> 'p'
UNION ALL
SELECT 'foreign_key', format('%s of %s', f.conname, f.conrelid::regclass) FROM pg_constraint AS f
WHERE f.contype = 'f' AND NOT f.convalidated AND f.conname LIKE 'salesflow\_%'
ORDER BY 1, 2
