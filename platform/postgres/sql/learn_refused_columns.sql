-- Which columns the server meant when it refused a value by a constraint's or index' name, or as too large for its type.
-- params:   $1 tables text[] | $2 constraint text | $3 type_modifier int4
-- rows:     column text
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- timeout:  1 s
-- budget:   400
-- plan:     none, because it reads the catalogue, and only after a value was refused
-- sorts:    the columns of a table, in their order
-- note:     only after a refusal that names no column: found tables have constraints of any name, and a text that is too
--           long for its varchar(n) is refused without a name at all. $3 is n + 4, of numeric(p, s) (p << 16 | s) + 4.
SELECT a.attname::text AS "column"
FROM unnest($1) WITH ORDINALITY AS t (name, place)
JOIN pg_attribute AS a ON a.attrelid = to_regclass('public.' || quote_ident(t.name)) AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.attname NOT IN ('id', 'user_id', 'org_id')
  AND (($3 > 0 AND a.atttypmod = $3)
    OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = a.attrelid AND k.conname = $2 AND a.attnum = ANY (k.conkey))
    OR EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
               WHERE i.indrelid = a.attrelid AND c.relname = $2 AND a.attnum = ANY (i.indkey)))
ORDER BY t.place, a.attnum;
