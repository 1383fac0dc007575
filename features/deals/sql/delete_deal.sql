-- Deletes one deal of the organisation, when it still has the version that the caller saw.
-- params:   $1 org_id uuid | $2 deal_id uuid | $3 row_version int8
-- variants: version: AND d.row_version = $3
-- rows:     none
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- writes:   deals
-- timeout:  2 s
-- budget:   120
DELETE FROM public.deals AS d WHERE d.org_id = $1 AND d.id = $2 /*version*/;
