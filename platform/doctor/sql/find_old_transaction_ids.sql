-- Whether transaction ids come near their end, in this database and its oldest table.
-- params:   $1 freeze_age_max int8
-- rows:     object text | evidence text | remedy text? | undo text? | level text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT d.datname::text AS object,
       json_build_object('transactions', age(d.datfrozenxid), 'table', t.name, 'table_transactions', t.age)::text AS evidence,
       format('VACUUM (FREEZE) %s', t.name) AS remedy, NULL AS undo, CASE WHEN age(d.datfrozenxid) > 1500000000 THEN 'error' END AS level
FROM pg_database AS d
CROSS JOIN (SELECT c.oid::regclass::text AS name, age(c.relfrozenxid) AS age FROM pg_class AS c WHERE c.relkind IN ('r', 't', 'm') ORDER BY age(c.relfrozenxid) DESC LIMIT 1) AS t
WHERE d.datname = current_database() AND age(d.datfrozenxid) >= $1::int8
