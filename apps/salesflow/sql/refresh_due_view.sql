-- Refreshes the materialized view that is overdue longest, and tells its name; run by the worker until nothing is due.
-- params:   none
-- rows:     name text?
-- index:    none: a table of three rows, and what the view reads
-- mode:     write
-- writes:   salesflow.view_refreshes
-- timeout:  600 s
-- budget:   0
-- note:     NULL: none is due. The refresh itself reads whole tables, which no budget holds; it is off the request's path
SELECT salesflow.refresh_due_view() AS name
