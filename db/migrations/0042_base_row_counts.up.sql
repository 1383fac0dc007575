-- why: a list tells how many rows there are without counting them (docs/decisions/0013).
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on one counted table at a time while triggers are added, without a scan; then each is read
--       once, beside its writers
-- owner: platform/http (totals of lists)
-- undo: 0042_base_row_counts.down.sql
CALL salesflow.ensure_rollup('lead_counts', 'public.leads', '{user_id}', 'rows = count(*)');
CALL salesflow.ensure_rollup('conversation_counts', 'public.dm_conversations', '{user_id}', 'rows = count(*)');
CALL salesflow.ensure_rollup('note_counts', 'public.crm_notes', '{user_id}', 'rows = count(*)');
CALL salesflow.ensure_rollup('contact_counts', 'public.contacts', '{org_id}', 'rows = count(*)');
CALL salesflow.ensure_rollup('deal_counts', 'public.deals', '{org_id}', 'rows = count(*)');
CALL salesflow.ensure_rollup('task_counts', 'public.tasks', '{org_id}', 'rows = count(*)');
CALL salesflow.recount_rollup('user_lead_counts');
CALL salesflow.recount_rollup('user_conversation_counts');
CALL salesflow.recount_rollup('user_note_counts');
CALL salesflow.recount_rollup('org_contact_counts');
CALL salesflow.recount_rollup('org_deal_counts');
CALL salesflow.recount_rollup('org_task_counts');
