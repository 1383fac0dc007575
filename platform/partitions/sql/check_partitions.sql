-- Tells for each partitioned table of ours whether this month and the next have their partitions; run by the worker.
-- params:   none
-- rows:     table_name text | partitions int8 | next_month_missing bool
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads the system catalogue
-- timeout:  2 s
-- budget:   400
-- note:     a plain table has no row. The job make_months makes what is missing; this warns where it cannot.
SELECT p.relname::text AS table_name, count(*) AS partitions,
       NOT bool_or(b.lower < m.next AND b.upper > m.next) OR NOT bool_or(b.lower <= m.this AND b.upper > m.this) AS next_month_missing
FROM pg_class AS p
JOIN pg_inherits AS i ON i.inhparent = p.oid AND NOT i.inhdetachpending
JOIN pg_class AS c ON c.oid = i.inhrelid
CROSS JOIN LATERAL (SELECT regexp_match(replace(pg_get_expr(c.relpartbound, c.oid), '''', ''), '^FOR VALUES FROM \((.*)\) TO \((.*)\)$') AS part) AS t
CROSS JOIN LATERAL (SELECT coalesce(nullif(t.part[1], 'MINVALUE'), '-infinity')::timestamptz AS lower,
                           coalesce(nullif(t.part[2], 'MAXVALUE'), 'infinity')::timestamptz AS upper) AS b
CROSS JOIN (SELECT now() AS this, (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' + interval '1 second' AS next) AS m
WHERE p.oid = to_regclass('public.message_events') AND p.relkind = 'p' AND t.part IS NOT NULL
GROUP BY p.relname;
