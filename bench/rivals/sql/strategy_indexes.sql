-- Section 3.1 of the strategy as it is written, but for index 4 without the text, which no B-tree entry can hold (E4).
CREATE INDEX idx_message_events_user_status_created ON message_events (user_id, autopilot_status, created_at DESC);
CREATE INDEX idx_message_events_user_channel_status ON message_events (user_id, channel, autopilot_status, created_at ASC) WHERE autopilot_status = 'pending';
CREATE INDEX idx_message_events_user_contact_created ON message_events (user_id, contact_id, created_at DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX idx_message_events_user_created_direction ON message_events (user_id, created_at DESC, direction) INCLUDE (channel);
CREATE INDEX idx_leads_p_score_scored_at ON leads (p_score DESC NULLS LAST, last_scored_at DESC) WHERE p_score IS NOT NULL;
CREATE INDEX idx_leads_next_followup ON leads (next_follow_up) WHERE next_follow_up IS NOT NULL;
CREATE INDEX idx_leads_status_created ON leads (status, created_at DESC);
CREATE INDEX idx_crm_notes_user_contact_created ON crm_notes (user_id, contact_id, created_at DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX idx_crm_notes_user_lead_created ON crm_notes (user_id, lead_id, created_at DESC) WHERE lead_id IS NOT NULL;
CREATE INDEX idx_rlhf_sessions_created_outcome ON rlhf_feedback_sessions (created_at DESC, outcome) INCLUDE (composite_reward, user_id);
CREATE INDEX idx_dm_conversations_user_status_platform ON dm_conversations (user_id, status, platform, last_message_at DESC);
CREATE INDEX idx_dm_conversations_user_priority ON dm_conversations (user_id, priority_score DESC, last_message_at DESC);
CREATE INDEX idx_lead_verifications_v_score_duplicate ON lead_verifications (v_score DESC, is_duplicate) WHERE v_score IS NOT NULL;
