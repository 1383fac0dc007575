-- Tables partitioned by time that have no partition for this month or the next.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     a default partition takes what has no other: no row is refused then
SELECT format('%I.%I', n.nspname, p.relname) AS object, json_build_object('partitions', count(c.oid), 'until', coalesce(max(b.upper)::text, '-'))::text AS evidence,
       CASE WHEN p.oid = to_regclass('public.message_events') THEN NULL
            ELSE format('CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES FROM (%L) TO (%L)', n.nspname, left(p.relname, 55) || to_char(min(m.month), '_YYYY_MM'), n.nspname, p.relname,
                        to_char(min(m.month), 'YYYY-MM-DD'), to_char(min(m.month) + interval '1 month', 'YYYY-MM-DD')) END AS remedy,
       CASE WHEN p.oid = to_regclass('public.message_events') THEN NULL ELSE format('DROP TABLE %I.%I', n.nspname, left(p.relname, 55) || to_char(min(m.month), '_YYYY_MM')) END AS undo
FROM pg_class AS p JOIN pg_namespace AS n ON n.oid = p.relnamespace JOIN pg_partitioned_table AS k ON k.partrelid = p.oid AND k.partstrat = 'r' AND k.partnatts = 1 AND k.partdefid = 0
JOIN pg_attribute AS a ON a.attrelid = p.oid AND a.attnum = k.partattrs[0] AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
LEFT JOIN pg_inherits AS i ON i.inhparent = p.oid AND NOT i.inhdetachpending LEFT JOIN pg_class AS c ON c.oid = i.inhrelid
LEFT JOIN LATERAL (SELECT regexp_match(replace(pg_get_expr(c.relpartbound, c.oid), '''', ''), '^FOR VALUES FROM \((.*)\) TO \((.*)\)$') AS part) AS t ON true
LEFT JOIN LATERAL (SELECT coalesce(nullif(t.part[1], 'MINVALUE'), '-infinity')::timestamptz AS lower, coalesce(nullif(t.part[2], 'MAXVALUE'), 'infinity')::timestamptz AS upper
                   WHERE t.part IS NOT NULL) AS b ON true
CROSS JOIN (SELECT now() AS this, (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' + interval '1 second' AS next,
                   date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month' AS month) AS m
WHERE p.relkind = 'p' AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
GROUP BY n.nspname, p.relname, p.oid
HAVING NOT coalesce(bool_or(b.lower < m.next AND b.upper > m.next), false) OR NOT coalesce(bool_or(b.lower <= m.this AND b.upper > m.this), false)
ORDER BY 1
