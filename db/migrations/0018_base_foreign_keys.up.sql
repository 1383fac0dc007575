-- why: references between tenant tables carry the tenant, so that no row can point at another tenant's.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on both tables of each key; no scan of a found table (NOT VALID)
-- owner: platform/migrations
-- undo: 0018_base_foreign_keys.down.sql
CALL salesflow.ensure_reference('public.lead_verifications', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
CALL salesflow.ensure_reference('public.lead_verifications', 'salesflow_duplicate_fkey', 'user_id', 'duplicate_of_lead_id', 'public.leads', 'forget');
CALL salesflow.ensure_reference('public.lead_enrichments', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
CALL salesflow.ensure_reference('public.lead_intents', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
CALL salesflow.ensure_reference('public.deals', 'salesflow_contact_fkey', 'org_id', 'contact_id', 'public.contacts', 'forget');
CALL salesflow.ensure_reference('public.tasks', 'salesflow_contact_fkey', 'org_id', 'contact_id', 'public.contacts', 'forget');
CALL salesflow.ensure_reference('public.tasks', 'salesflow_deal_fkey', 'org_id', 'deal_id', 'public.deals', 'forget');
CALL salesflow.ensure_reference('public.activities', 'salesflow_contact_fkey', 'org_id', 'contact_id', 'public.contacts', 'delete');
CALL salesflow.ensure_reference('public.activities', 'salesflow_deal_fkey', 'org_id', 'deal_id', 'public.deals', 'forget');
CALL salesflow.ensure_reference('public.dm_conversations', 'salesflow_lead_fkey', 'user_id', 'contact_id', 'public.leads', 'forget');
CALL salesflow.ensure_reference('public.dm_messages', 'salesflow_conversation_fkey', 'user_id', 'conversation_id', 'public.dm_conversations', 'delete');
-- The referencing sides, or each delete of a contact or deal would read the whole table. Those of deals and
-- dm_messages are led by indexes of phase 1.
CALL salesflow.ensure_index('public.tasks', 'tasks_org_contact_idx', '(org_id, contact_id, due_at)');
CALL salesflow.ensure_index('public.tasks', 'tasks_org_deal_idx', '(org_id, deal_id)');
CALL salesflow.ensure_index('public.tasks', 'tasks_org_status_due_idx', '(org_id, status, due_at, id)');
CALL salesflow.ensure_index('public.activities', 'activities_org_contact_idx', '(org_id, contact_id, occurred_at, id)');
CALL salesflow.ensure_index('public.activities', 'activities_org_deal_idx', '(org_id, deal_id)');
CALL salesflow.ensure_index('public.dm_conversations', 'dm_conversations_user_contact_idx', '(user_id, contact_id)');
