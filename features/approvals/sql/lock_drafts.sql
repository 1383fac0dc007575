-- Lets one generation of drafts at a time through for a user, until its transaction ends: two would draft each lead twice.
-- params:   $1 user_id uuid
-- rows:     locked bool
-- index:    none: no table
-- mode:     write
-- place:    none
-- writes:   none
-- timeout:  5 s
-- budget:   20
SELECT pg_advisory_xact_lock(hashtextextended('salesflow.drafts:' || $1::text, 0)) IS NULL AS locked;
