-- why: tables that were found filled have no counts yet; a transaction after the triggers of 0042, so that every row
--      is either there to be counted or leaves a delta.
-- phase: base
-- transaction: one
-- lock: none but those of reading; counts each table once
-- owner: platform/http (totals of lists)
-- undo: 0065_base_count_rows.down.sql
CALL salesflow.recount_user_rows('public.leads');
CALL salesflow.recount_user_rows('public.dm_conversations');
CALL salesflow.recount_user_rows('public.crm_notes');
CALL salesflow.recount_org_rows('public.contacts');
CALL salesflow.recount_org_rows('public.deals');
CALL salesflow.recount_org_rows('public.tasks');
