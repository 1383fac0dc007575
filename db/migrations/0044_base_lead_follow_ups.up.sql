-- why: what was said to a lead and what to say next, contract 1.9: the record of interactions and the suggestions that wait
--      for approval. Both go with their lead.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added; SHARE ROW EXCLUSIVE on leads
--       for the foreign keys (no rewrite, no scan)
-- owner: leads
-- undo: 0044_base_lead_follow_ups.down.sql
CALL salesflow.ensure_table('public.lead_interactions', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  interaction_type text NOT NULL
  channel text
  summary text
  details jsonb
  outcome text
  duration_seconds integer
  logged_by text
  source text
  interaction_at timestamptz NOT NULL DEFAULT now()
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.lead_interactions', 'user', true);

CALL salesflow.ensure_table('public.followup_suggestions', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  flow text NOT NULL
  stage integer NOT NULL DEFAULT 0
  template_key text
  channel text DEFAULT 'WHATSAPP'
  suggested_message text NOT NULL
  reason text
  due_at timestamptz NOT NULL
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'skipped', 'snoozed', 'completed', 'done', 'no_response', 'failed'))
  sent_at timestamptz
  snoozed_until timestamptz
  title text
  priority text DEFAULT 'medium'
  task_type text
  source text
  created_by text
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.followup_suggestions', 'user', true);
CALL salesflow.ensure_storage('public.followup_suggestions', '{fillfactor=85}');

CALL salesflow.ensure_reference('public.lead_interactions', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
CALL salesflow.ensure_reference('public.followup_suggestions', 'salesflow_lead_fkey', 'user_id', 'lead_id', 'public.leads', 'delete');
