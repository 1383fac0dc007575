-- Live answers that were held against their rows and were wrong, in the last 30 days.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.proofs
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  10 s
-- budget:   20000
SELECT p.kind AS object, json_build_object('wrong', p.wrong, 'checked', p.checked, 'last', to_char(p.wrong_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))::text AS evidence, NULL AS remedy, NULL AS undo
FROM salesflow.list_proofs(30) AS p WHERE p.wrong > 0 ORDER BY p.kind
