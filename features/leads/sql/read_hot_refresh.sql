-- Reads when the materialized view of hot leads was last refreshed; NULL: never.
-- params:  none
-- rows:    refreshed_at timestamptz?
-- index:   none: inside the function, a table of three rows
-- mode:    read
-- place:   accounts
-- reads:   salesflow.view_refreshes
-- timeout: 1 s
-- budget:  10
SELECT nullif(view_refreshed_at('mv_hot_leads'), '-infinity') AS refreshed_at;
