-- why: CRM notes and feedback sessions of contract 1.5 and 1.6, behind the wall of their user.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: notes
-- undo: 0012_base_notes_feedback.down.sql

CALL salesflow.ensure_table('public.crm_notes', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid
  contact_id uuid
  deal_id uuid
  content text NOT NULL
  note_type text NOT NULL DEFAULT 'manual' CHECK (note_type IN ('manual', 'ai_summary', 'call_summary', 'meeting_summary'))
  source text DEFAULT 'user' CHECK (source IN ('user', 'zero_input_crm', 'autopilot', 'import'))
  metadata jsonb
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.crm_notes', 'user', true);

CALL salesflow.ensure_table('public.rlhf_feedback_sessions', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  org_id uuid
  context_hash text NOT NULL
  input_type text NOT NULL CHECK (input_type IN ('objection_response', 'message_generation', 'follow_up', 'closing_script'))
  input_context jsonb NOT NULL
  generated_response text NOT NULL
  generation_model text NOT NULL
  generation_temperature numeric(3,2)
  feedback_type text CHECK (feedback_type IN ('explicit', 'implicit', 'outcome'))
  user_rating integer CHECK (user_rating BETWEEN 1 AND 5)
  user_edited boolean DEFAULT false
  edited_response text
  response_used boolean DEFAULT false
  response_sent boolean DEFAULT false
  time_to_use_seconds integer
  outcome text CHECK (outcome IN ('converted', 'positive_reply', 'negative_reply', 'no_reply', 'unknown'))
  outcome_recorded_at timestamptz
  tone_score numeric(3,2) CHECK (tone_score BETWEEN -1 AND 1)
  relevance_score numeric(3,2) CHECK (relevance_score BETWEEN 0 AND 1)
  composite_reward numeric(5,2)
  eligible_for_training boolean DEFAULT true
  privacy_reviewed boolean DEFAULT false
  contains_pii boolean DEFAULT false
  created_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.rlhf_feedback_sessions', 'user', false);

-- The reward of contract 1.6; never NULL, so that an average counts every row. A found table has its own trigger
-- of the same formula; both agree.
CREATE FUNCTION salesflow.set_composite_reward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.composite_reward := coalesce(NEW.user_rating, 3) / 5.0 * 0.3
    + CASE WHEN NEW.response_used THEN 0.2 ELSE 0 END
    + CASE NEW.outcome WHEN 'converted' THEN 0.5 WHEN 'positive_reply' THEN 0.3 WHEN 'negative_reply' THEN -0.2 ELSE 0 END;
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.rlhf_feedback_sessions', 'salesflow_composite_reward', 'BEFORE INSERT OR UPDATE',
  'FOR EACH ROW EXECUTE FUNCTION salesflow.set_composite_reward()');
CALL salesflow.seal();
