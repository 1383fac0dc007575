-- Leads that belong to no user: nobody sees them, before and after.
-- params:   none
-- rows:     leads int8
-- index:    none: reads the whole table, once
-- mode:     read
-- reads:    leads
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  60 s
-- budget:   0
SELECT count(*) AS leads FROM public.leads AS l WHERE l.user_id IS NULL
