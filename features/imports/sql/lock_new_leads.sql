-- Waits until nobody else makes leads of this user, until the transaction ends.
-- params:   $1 user_id uuid
-- rows:     none
-- index:    none: no table
-- mode:     write
-- place:    none
-- writes:   none
-- timeout:  30 s
-- budget:   20
-- note:     tells the table's trigger that inserts of this transaction bring the keys that make_keys.sql gave. The look-ups behind it are planned for any user and for a full table, and none may sort: only the index that
--           is meant gives their order, while for a user whom the statistics do not know any index on user_id costs the
--           same. One plan for a user's own id took 55 s where this takes 0.2 s.
SELECT public.salesflow_lock_new_leads($1), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true), set_config('salesflow.lead_keys', 'made', true);
