-- What the product that exists has around its tables (contract 1): keys, indexes, the inbox's view. Run on filled tables.
ALTER TABLE message_events ADD PRIMARY KEY (id);
ALTER TABLE leads ADD PRIMARY KEY (id);
ALTER TABLE contacts ADD PRIMARY KEY (id);
ALTER TABLE crm_notes ADD PRIMARY KEY (id);
ALTER TABLE rlhf_feedback_sessions ADD PRIMARY KEY (id);
ALTER TABLE dm_conversations ADD PRIMARY KEY (id);
ALTER TABLE dm_messages ADD PRIMARY KEY (id);
ALTER TABLE lead_verifications ADD PRIMARY KEY (id);
ALTER TABLE lead_intents ADD PRIMARY KEY (id);
CREATE INDEX message_events_user_contact_idx ON message_events (user_id, contact_id);
CREATE INDEX message_events_user_status_idx ON message_events (user_id, autopilot_status);
CREATE INDEX message_events_created_at_idx ON message_events (created_at DESC);
CREATE INDEX message_events_channel_idx ON message_events (channel);
CREATE INDEX message_events_direction_idx ON message_events (user_id, direction);
CREATE INDEX message_events_has_reply_idx ON message_events (user_id, autopilot_status) WHERE suggested_reply IS NOT NULL;
CREATE INDEX idx_message_events_template_version ON message_events (template_version) WHERE template_version IS NOT NULL;
CREATE INDEX idx_message_events_persona_variant ON message_events (persona_variant) WHERE persona_variant IS NOT NULL;
CREATE INDEX idx_message_events_experiment ON message_events (user_id, template_version, persona_variant) WHERE template_version IS NOT NULL;
CREATE INDEX idx_leads_p_score ON leads (p_score DESC NULLS LAST);
CREATE INDEX idx_leads_last_scored_at ON leads (last_scored_at);
CREATE INDEX idx_leads_status_contact ON leads (user_id, status, last_contact_at) WHERE status NOT IN ('won', 'lost');
CREATE INDEX idx_lead_verifications_lead_id ON lead_verifications (lead_id);
CREATE INDEX idx_lead_verifications_v_score ON lead_verifications (v_score DESC);
CREATE INDEX idx_lead_intents_lead_id ON lead_intents (lead_id);
CREATE INDEX idx_lead_intents_i_score ON lead_intents (i_score DESC);
CREATE INDEX idx_contacts_email ON contacts (email);
CREATE INDEX idx_contacts_phone ON contacts (phone);
CREATE INDEX crm_notes_user_id_idx ON crm_notes (user_id);
CREATE INDEX crm_notes_lead_id_idx ON crm_notes (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX crm_notes_contact_id_idx ON crm_notes (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX crm_notes_created_at_idx ON crm_notes (created_at DESC);
CREATE INDEX idx_dm_conversations_user_status ON dm_conversations (user_id, status);
CREATE INDEX idx_dm_conversations_platform ON dm_conversations (platform);
CREATE INDEX idx_dm_conversations_next_action ON dm_conversations (next_sequence_action_at) WHERE next_sequence_action_at IS NOT NULL;
CREATE INDEX idx_dm_conversations_contact ON dm_conversations (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX idx_dm_messages_conversation ON dm_messages (conversation_id);
CREATE INDEX idx_dm_messages_direction ON dm_messages (direction);
CREATE INDEX idx_dm_messages_sent_at ON dm_messages (sent_at DESC);
CREATE INDEX idx_rlhf_context_hash ON rlhf_feedback_sessions (context_hash);
CREATE INDEX idx_rlhf_outcome ON rlhf_feedback_sessions (outcome) WHERE outcome IS NOT NULL;
CREATE INDEX idx_rlhf_composite_reward ON rlhf_feedback_sessions (composite_reward DESC NULLS LAST);
CREATE VIEW v_unified_inbox AS
SELECT c.id, c.user_id, c.contact_id, c.platform, c.platform_contact_handle, c.status, c.current_sequence_phase, c.next_sequence_action_at,
       c.messages_sent, c.messages_received, c.last_message_at, c.overall_sentiment, c.priority_score, c.deep_link_url, c.created_at,
       (SELECT m.content FROM dm_messages AS m WHERE m.conversation_id = c.id ORDER BY m.sent_at DESC LIMIT 1) AS last_message_preview,
       (SELECT m.direction FROM dm_messages AS m WHERE m.conversation_id = c.id ORDER BY m.sent_at DESC LIMIT 1) AS last_message_direction,
       (SELECT count(*) FROM dm_messages AS m WHERE m.conversation_id = c.id AND m.direction = 'inbound'
          AND m.sent_at > coalesce(c.last_outbound_at, 'epoch')) AS unread_count,
       extract(day FROM now() - c.last_message_at)::int AS days_since_last_contact,
       l.name AS contact_name, l.email AS contact_email, l.p_score AS contact_p_score
FROM dm_conversations AS c LEFT JOIN leads AS l ON l.id = c.contact_id;
