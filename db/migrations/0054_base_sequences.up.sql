-- why: sequences count their delays from their start, pauses end by themselves, and a worker finds what is due in one
--      index. Templates say what a sequence does; connections which channels a user has. Both of contract 1.7.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: inbox
-- undo: 0054_base_sequences.down.sql
--
--   sequence_template_id  the template of the running or last sequence; NULL means the default one
--   sequence_started_at   from when on its delays count
--   sequence_due_at       when the worker must look at it: the next step, or the end of a pause; else NULL
--   converted_at          since when the status is converted; NULL for rows that were so before this column
CALL salesflow.ensure_table('public.dm_conversations', $$
  sequence_template_id uuid
  sequence_started_at timestamptz
  sequence_due_at timestamptz
  converted_at timestamptz
$$);
CREATE OR REPLACE FUNCTION salesflow.set_conversation_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.last_message_key := coalesce(NEW.last_message_at, '-infinity');
  NEW.attention_at := CASE
    WHEN NEW.status IN ('needs_human_attention', 'replied') THEN '-infinity'::timestamptz
    WHEN NEW.status = 'in_sequence' AND NEW.sequence_paused IS NOT TRUE THEN NEW.next_sequence_action_at
    WHEN NEW.status = 'dm_initiated_no_response' AND NEW.last_outbound_at < '294276-12-01' THEN NEW.last_outbound_at + interval '72 hours'
  END;
  NEW.sequence_due_at := CASE
    WHEN NEW.status = 'in_sequence' AND NEW.sequence_paused IS NOT TRUE THEN NEW.next_sequence_action_at
    WHEN NEW.status IN ('in_sequence', 'delay_requested') THEN NEW.pause_until
  END;
  IF NEW.status IS DISTINCT FROM 'converted' THEN
    NEW.converted_at := NULL;
  ELSIF TG_OP = 'INSERT' THEN
    NEW.converted_at := NEW.updated_at;
  ELSE
    NEW.converted_at := CASE WHEN OLD.status = 'converted' THEN OLD.converted_at ELSE now() END;
  END IF;
  RETURN NEW;
END $$;

-- A template without a user is everybody's: read by all, changed by none of them.
CALL salesflow.ensure_table('public.dm_sequence_templates', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid
  name varchar(200) NOT NULL
  description text
  platform varchar(30)
  sequence_steps jsonb NOT NULL DEFAULT '[]'
  times_used integer DEFAULT 0
  avg_response_rate numeric(5,2)
  avg_conversion_rate numeric(5,2)
  is_active boolean DEFAULT true
  is_default boolean DEFAULT false
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_index('public.dm_sequence_templates', 'dm_sequence_templates_user_idx', '(user_id, is_default)');
CALL salesflow.enable_rls('public.dm_sequence_templates');
DO $$
DECLARE
  own constant text := 'user_id = (SELECT nullif(current_setting(''app.user_id'', true), '''')::uuid)';
BEGIN
  CALL salesflow.ensure_policy('public.dm_sequence_templates', 'salesflow_app_tenant',
    format('TO salesflow_app USING (user_id IS NULL OR %s) WITH CHECK (%1$s)', own));
  CALL salesflow.ensure_policy('public.dm_sequence_templates', 'salesflow_app_wall',
    format('AS RESTRICTIVE TO salesflow_app USING (user_id IS NULL OR %s) WITH CHECK (%1$s)', own));
  CALL salesflow.ensure_policy('public.dm_sequence_templates', 'salesflow_app_update', format('AS RESTRICTIVE FOR UPDATE TO salesflow_app USING (%s)', own));
  CALL salesflow.ensure_policy('public.dm_sequence_templates', 'salesflow_app_delete', format('AS RESTRICTIVE FOR DELETE TO salesflow_app USING (%s)', own));
END $$;
CALL salesflow.ensure_row_version('public.dm_sequence_templates', true);
CALL salesflow.ensure_outbox('public.dm_sequence_templates', 'user_id', NULL);
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE public.dm_sequence_templates', 'salesflow_app');
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.dm_sequence_templates WHERE user_id IS NULL AND is_default) THEN
    INSERT INTO public.dm_sequence_templates (id, user_id, name, description, is_default, sequence_steps)
    VALUES ('5a1e5f10-0000-4000-8000-000000000001', NULL, 'Default', 'First contact, trust, clarity, pivot: 0, 48, 120 and 288 hours after the start', true, $json$[
      {"phase": 1, "name": "first_contact", "delay_hours": 0, "is_ai_generated": false, "message_template": null, "description": "First message, written by a person"},
      {"phase": 2, "name": "trust_message", "delay_hours": 48, "is_ai_generated": true, "message_template": "Hallo {name}, ich wollte mich kurz noch einmal melden. Falls du Fragen hast, beantworte ich sie dir gern, ganz ohne Verpflichtung.", "ai_prompt": "Build trust without selling"},
      {"phase": 3, "name": "clarity_message", "delay_hours": 120, "is_ai_generated": true, "message_template": "Hallo {name}, damit ich dich nicht unnötig störe: Ist das Thema gerade interessant für dich, oder passt es später besser?", "ai_prompt": "Ask for a clear yes or no"},
      {"phase": 4, "name": "pivot_message", "delay_hours": 288, "is_ai_generated": true, "message_template": null, "ai_prompt": "Change the subject and leave the door open"}
    ]$json$);
    CALL salesflow.record('row', 'public.dm_sequence_templates default',
      $undo$DELETE FROM public.dm_sequence_templates WHERE id = '5a1e5f10-0000-4000-8000-000000000001'$undo$);
  END IF;
END $$;

-- No credentials: SalesFlow sends nothing itself and keeps no tokens of other services.
CALL salesflow.ensure_table('public.platform_connections', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  platform varchar(50) NOT NULL CHECK (platform IN ('gmail', 'whatsapp_business', 'linkedin', 'instagram', 'facebook', 'outlook'))
  is_connected boolean DEFAULT false
  last_sync_at timestamptz
  account_email varchar(300)
  account_name varchar(300)
  account_id varchar(300)
  error_count integer DEFAULT 0
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_constraint('public.platform_connections', 'platform_connections_user_platform_key', 'UNIQUE (user_id, platform)');
CALL salesflow.ensure_user_policy('public.platform_connections');
CALL salesflow.ensure_row_version('public.platform_connections', true);
CALL salesflow.ensure_outbox('public.platform_connections', 'user_id', NULL);
CALL salesflow.ensure_grant('SELECT (id, user_id, platform, is_connected, last_sync_at, account_email, account_name, account_id, error_count, created_at, updated_at, row_version), INSERT, UPDATE, DELETE',
  'TABLE public.platform_connections', 'salesflow_app');
CALL salesflow.seal();
