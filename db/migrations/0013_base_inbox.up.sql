-- why: direct-message conversations and their messages of contract 1.7. A conversation's contact_id is a
--      LEAD id.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: inbox
-- undo: 0013_base_inbox.down.sql

CALL salesflow.ensure_table('public.dm_conversations', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  contact_id uuid
  platform varchar(30) NOT NULL CHECK (platform IN ('whatsapp', 'linkedin', 'instagram', 'facebook', 'email', 'sms'))
  platform_conversation_id varchar(500)
  platform_contact_handle varchar(300)
  status varchar(50) NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'dm_initiated_no_response', 'read_no_reply', 'replied', 'needs_human_attention', 'in_sequence', 'delay_requested', 'converted', 'archived', 'unsubscribed'))
  current_sequence_phase integer DEFAULT 0
  last_sequence_action_at timestamptz
  next_sequence_action_at timestamptz
  pause_until timestamptz
  sequence_paused boolean DEFAULT false
  messages_sent integer DEFAULT 0
  messages_received integer DEFAULT 0
  last_message_at timestamptz
  last_inbound_at timestamptz
  last_outbound_at timestamptz
  avg_response_time_hours numeric(10,2)
  overall_sentiment varchar(20) DEFAULT 'neutral' CHECK (overall_sentiment IN ('positive', 'neutral', 'negative', 'interested', 'hesitant'))
  detected_intent varchar(50)
  priority_score integer NOT NULL DEFAULT 50 CHECK (priority_score BETWEEN 0 AND 100)
  platform_metadata jsonb DEFAULT '{}'
  deep_link_url text
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.dm_conversations', 'user', true);
CALL salesflow.ensure_storage('public.dm_conversations', '{fillfactor=85}');

CALL salesflow.ensure_table('public.dm_messages', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  conversation_id uuid NOT NULL
  user_id uuid NOT NULL
  direction varchar(10) NOT NULL CHECK (direction IN ('inbound', 'outbound'))
  content text NOT NULL
  content_type varchar(20) DEFAULT 'text' CHECK (content_type IN ('text', 'image', 'video', 'audio', 'file', 'link', 'emoji_reaction'))
  platform_message_id varchar(500)
  delivery_status varchar(20) DEFAULT 'sent' CHECK (delivery_status IN ('pending', 'sent', 'delivered', 'read', 'failed'))
  read_at timestamptz
  is_ai_generated boolean DEFAULT false
  ai_template_used varchar(100)
  ai_persona_variant varchar(50)
  sequence_phase integer
  sequence_message_type varchar(50)
  sentiment varchar(20)
  contains_question boolean DEFAULT false
  contains_objection boolean DEFAULT false
  contains_interest_signal boolean DEFAULT false
  detected_keywords jsonb DEFAULT '[]'
  sent_at timestamptz NOT NULL DEFAULT now()
  created_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.dm_messages', 'user', false);
