-- why: drafts that wait for a person's approval, contract 1.9. A draft goes with its lead.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on a found table while missing columns and triggers are added; SHARE ROW EXCLUSIVE on leads for the
--       foreign key (no rewrite, no scan)
-- owner: approvals
-- undo: 0060_base_message_queue.down.sql
CALL salesflow.ensure_table('public.message_queue', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid
  task_id uuid
  channel text
  message text
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'skipped'))
  priority integer NOT NULL DEFAULT 50
  approved_at timestamptz
  ai_model text
  similar_success_ids jsonb NOT NULL DEFAULT '[]'
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.message_queue', 'user', true);
CALL salesflow.ensure_storage('public.message_queue', '{fillfactor=85}');
CALL salesflow.ensure_reference('public.message_queue', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
