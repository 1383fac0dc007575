-- Waits until nobody else makes leads of this user, until the transaction ends.
-- params:   $1 user_id uuid
-- rows:     none
-- index:    none: no table
-- mode:     write
-- writes:   none
-- timeout:  30 s
-- budget:   20
SELECT public.salesflow_lock_new_leads($1);
