-- The organisations that earlier runs of `salesflow org adopt` made, with what each stands for.
-- params:   none
-- rows:     source text | key text | org_id uuid
-- index:    none: reads the whole table, once
-- mode:     read
-- reads:    salesflow.adopted_organizations
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
SELECT a.source, a.key, a.org_id FROM salesflow.adopted_organizations AS a ORDER BY a.source, a.key
