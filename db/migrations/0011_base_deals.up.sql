-- why: deals, tasks and activities of contract 1.4 and 1.9, owned by an organisation.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: deals
-- undo: 0011_base_deals.down.sql

CALL salesflow.ensure_table('public.deals', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  org_id uuid NOT NULL
  contact_id uuid
  owner_id uuid
  created_by uuid
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200)
  description text
  notes text
  value numeric NOT NULL DEFAULT 0
  currency text NOT NULL DEFAULT 'EUR'
  recurring_value numeric
  recurring_interval text
  pipeline text NOT NULL DEFAULT 'default'
  stage text NOT NULL DEFAULT 'new' CHECK (stage IN ('new', 'qualified', 'meeting', 'proposal', 'negotiation', 'won', 'lost'))
  probability integer NOT NULL DEFAULT 10 CHECK (probability BETWEEN 0 AND 100)
  weighted_value numeric NOT NULL GENERATED ALWAYS AS (value * probability / 100) STORED
  stage_entered_at timestamptz NOT NULL DEFAULT now()
  expected_close_date date
  won boolean
  closed_at timestamptz
  lost_reason text
  lost_to_competitor text
  products jsonb NOT NULL DEFAULT '[]'
  tags text[] NOT NULL DEFAULT '{}'
  custom_fields jsonb NOT NULL DEFAULT '{}'
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.deals', 'org', true);
CALL salesflow.ensure_storage('public.deals', '{fillfactor=85}');

-- A deal enters its stage when the stage changes, whoever writes it.
CREATE FUNCTION salesflow.enter_deal_stage() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.stage_entered_at := now();
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.deals', 'salesflow_enter_stage', 'BEFORE UPDATE OF stage',
  'FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage) EXECUTE FUNCTION salesflow.enter_deal_stage()');

CALL salesflow.ensure_table('public.tasks', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  org_id uuid NOT NULL
  type text NOT NULL DEFAULT 'followup' CHECK (type IN ('followup', 'call', 'email', 'whatsapp', 'meeting', 'proposal', 'reminder', 'custom'))
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200)
  description text
  priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent'))
  due_at timestamptz NOT NULL
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'in_progress', 'completed', 'cancelled', 'snoozed'))
  contact_id uuid
  deal_id uuid
  assigned_to uuid
  created_by uuid
  completed_at timestamptz
  snoozed_until timestamptz
  is_recurring boolean NOT NULL DEFAULT false
  recurrence_rule text
  parent_task_id uuid
  tags text[] NOT NULL DEFAULT '{}'
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.tasks', 'org', true);

CALL salesflow.ensure_table('public.activities', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  org_id uuid NOT NULL
  contact_id uuid
  deal_id uuid
  user_id uuid
  type text NOT NULL CHECK (type IN ('call', 'email', 'whatsapp', 'sms', 'linkedin_message', 'instagram_dm', 'meeting', 'video_call', 'note', 'task_created', 'task_completed', 'status_change', 'stage_change', 'score_change', 'owner_change', 'email_opened', 'link_clicked', 'form_submitted', 'created', 'imported', 'merged'))
  direction text
  subject text
  content text
  content_html text
  metadata jsonb NOT NULL DEFAULT '{}'
  attachments jsonb NOT NULL DEFAULT '[]'
  occurred_at timestamptz NOT NULL DEFAULT now()
  created_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.activities', 'org', false);
CALL salesflow.seal();
