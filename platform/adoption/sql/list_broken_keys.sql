-- Foreign keys of ours that are not validated, because old rows break them; for `salesflow adopt`.
-- params:   none
-- rows:     name text
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT format('%s of %s', f.conname, f.conrelid::regclass) AS name FROM pg_constraint AS f
WHERE f.contype = 'f' AND NOT f.convalidated AND f.conname LIKE 'salesflow\_%'
ORDER BY 1
