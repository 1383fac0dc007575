-- Lets one transaction after the other make leads of this user; held until the transaction ends.
-- params:   $1 user_id uuid
-- rows:     locked bool
-- index:    none: no table
-- mode:     write
-- writes:   none
-- timeout:  2 s
-- budget:   4
-- note:     a statement of its own, in front: what follows in the same Sync sees what the one before has made.
SELECT salesflow_lock_new_leads($1) IS NOT NULL AS locked;
