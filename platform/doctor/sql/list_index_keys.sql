-- The keys of a table's valid B-trees, for a proposal that may be there already.
-- params:   $1 table_id text
-- rows:     index_name text | places text | is_partial text
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT c.relname::text AS index_name, array_to_string(i.indkey, ' ') AS places, (i.indpred IS NOT NULL)::text AS is_partial
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
WHERE i.indrelid = $1::text::oid AND i.indisvalid
