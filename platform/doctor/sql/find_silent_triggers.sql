-- Triggers of kept figures that are missing or disabled.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue alone
-- timeout:  10 s
-- budget:   20000
SELECT t.source || ' ' || quote_ident(t.name) AS object, json_build_object('figure', t.figure, 'fault', t.fault)::text AS evidence, t.mend AS remedy,
       CASE WHEN t.fault = 'missing' THEN format('DROP TRIGGER %I ON %s', t.name, t.source) ELSE format('ALTER TABLE %s DISABLE TRIGGER %I', t.source, t.name) END AS undo
FROM salesflow.list_trigger_faults() AS t ORDER BY 1
