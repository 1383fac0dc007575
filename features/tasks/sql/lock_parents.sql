-- Lets one change of parents at a time through in an organisation, until its transaction ends: two that cross would make a circle.
-- params:   $1 org_id uuid
-- rows:     locked bool
-- index:    none: no table
-- mode:     write
-- place:    none
-- writes:   none
-- timeout:  2 s
-- budget:   20
SELECT pg_advisory_xact_lock(hashtextextended('salesflow.task_parents:' || $1::text, 0)) IS NULL AS locked;
