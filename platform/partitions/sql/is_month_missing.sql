-- Whether message_events is partitioned and lacks one of the months that should be there; asked by the worker.
-- params:   $1 months int4
-- rows:     is_missing bool
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it calls a function that only the worker may execute
-- timeout:  2 s
-- budget:   400
SELECT EXISTS (SELECT FROM pg_class AS c CROSS JOIN LATERAL salesflow.missing_months(c.oid, $1) AS m
               WHERE c.oid = to_regclass('public.message_events') AND c.relkind = 'p') AS is_missing
