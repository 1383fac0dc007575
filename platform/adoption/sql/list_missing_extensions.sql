-- The extensions that SalesFlow needs and this server does not offer; for `salesflow adopt`.
-- params:   none
-- rows:     name text
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT n.name FROM unnest(ARRAY['btree_gin', 'pg_trgm']) AS n (name)
WHERE NOT EXISTS (SELECT FROM pg_available_extensions AS e WHERE e.name = n.name) AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = n.name)
