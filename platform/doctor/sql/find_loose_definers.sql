-- Functions that run as their owner and leave it to the caller where their names are looked up.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     a body that names its operators with their schema needs none: see docs/decisions/0037
SELECT p.oid::regprocedure::text AS object, json_build_object('owner', p.proowner::regrole::text)::text AS evidence,
       format('ALTER FUNCTION %s SET search_path = public, pg_temp', p.oid::regprocedure) AS remedy, format('ALTER FUNCTION %s RESET search_path', p.oid::regprocedure) AS undo
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prosecdef AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting) WHERE c.setting LIKE 'search\_path=%') AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  AND NOT (p.prosrc ~ 'OPERATOR\(pg_catalog\.' AND regexp_replace(p.prosrc, 'OPERATOR\(pg_catalog\.[^)]*\)|''[^'']*''|--[^\n]*|:=', '', 'g') !~ '[=<>|~]')
ORDER BY 1
