-- What stands around the found tables: keys, indexes, row level security, functions, triggers, views. Each block runs in
-- a shape that has what its first line needs (tables, or columns as table.column); @owner is the tables' owner.

-- needs: lead_verifications
ALTER TABLE lead_verifications ADD FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE;
-- needs: lead_verifications.duplicate_of_lead_id
ALTER TABLE lead_verifications ADD FOREIGN KEY (duplicate_of_lead_id) REFERENCES leads;
-- needs: lead_intents
ALTER TABLE lead_intents ADD FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE;
-- needs: lead_enrichments
ALTER TABLE lead_enrichments ADD FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE;
-- needs: followup_suggestions
ALTER TABLE followup_suggestions ADD FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE;
-- needs: lead_interactions
ALTER TABLE lead_interactions ADD FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE;
-- needs: dm_conversations.contact_id
ALTER TABLE dm_conversations ADD FOREIGN KEY (contact_id) REFERENCES leads ON DELETE SET NULL;
-- needs: dm_messages
ALTER TABLE dm_messages ADD FOREIGN KEY (conversation_id) REFERENCES dm_conversations ON DELETE CASCADE;
-- needs: deals.contact_id contacts
ALTER TABLE deals ADD FOREIGN KEY (contact_id) REFERENCES contacts ON DELETE SET NULL;
-- needs: users.email
ALTER TABLE users ADD UNIQUE (email);
-- needs: users.role
ALTER TABLE users ADD CHECK (role IN ('user', 'admin', 'superadmin'));
-- needs: message_events
ALTER TABLE message_events ADD CHECK (channel IN ('email', 'whatsapp', 'instagram', 'linkedin', 'facebook', 'internal')),
  ADD CHECK (direction IN ('inbound', 'outbound')),
  ADD CHECK (autopilot_status IN ('pending', 'suggested', 'approved', 'sent', 'skipped'));
-- needs: crm_notes.note_type
ALTER TABLE crm_notes ADD CHECK (note_type IN ('manual', 'ai_summary', 'call_summary', 'meeting_summary'));
-- needs: rlhf_feedback_sessions.user_rating
ALTER TABLE rlhf_feedback_sessions ADD CHECK (user_rating BETWEEN 1 AND 5);

-- needs: message_events
CREATE INDEX message_events_user_contact_idx ON message_events (user_id, contact_id);
CREATE INDEX message_events_user_status_idx ON message_events (user_id, autopilot_status);
CREATE INDEX message_events_created_at_idx ON message_events (created_at DESC);
CREATE INDEX message_events_channel_idx ON message_events (channel);
CREATE INDEX message_events_direction_idx ON message_events (user_id, direction);
COMMENT ON INDEX message_events_direction_idx IS 'for the old inbox';
-- needs: message_events.suggested_reply
CREATE INDEX message_events_has_reply_idx ON message_events (user_id, autopilot_status) WHERE suggested_reply IS NOT NULL;
-- needs: message_events.template_version message_events.persona_variant
CREATE INDEX idx_message_events_template_version ON message_events (template_version) WHERE template_version IS NOT NULL;
CREATE INDEX idx_message_events_persona_variant ON message_events (persona_variant) WHERE persona_variant IS NOT NULL;
CREATE INDEX idx_message_events_experiment ON message_events (user_id, template_version, persona_variant) WHERE template_version IS NOT NULL;
-- needs: leads.p_score
CREATE INDEX idx_leads_p_score ON leads (p_score DESC NULLS LAST);
-- needs: leads.last_scored_at
CREATE INDEX idx_leads_last_scored_at ON leads (last_scored_at);
-- needs: leads.needs_action
CREATE INDEX leads_needs_action_idx ON leads (needs_action) WHERE needs_action;
-- needs: leads.next_action_at
CREATE INDEX leads_next_action_at_idx ON leads (next_action_at) WHERE next_action_at IS NOT NULL;
-- needs: leads.source_channel
CREATE INDEX idx_leads_source_channel ON leads (source_channel) WHERE source_channel <> 'unknown';
-- needs: leads.contact_status leads.awaiting_reply_since leads.last_contact_date
CREATE INDEX idx_leads_contact_status ON leads (contact_status);
CREATE INDEX idx_leads_awaiting_reply_since ON leads (awaiting_reply_since);
CREATE INDEX idx_leads_last_contact_date ON leads (last_contact_date);
-- needs: lead_verifications.v_score
CREATE INDEX idx_lead_verifications_lead_id ON lead_verifications (lead_id);
CREATE INDEX idx_lead_verifications_v_score ON lead_verifications (v_score DESC);
-- needs: lead_intents.i_score
CREATE INDEX idx_lead_intents_lead_id ON lead_intents (lead_id);
CREATE INDEX idx_lead_intents_i_score ON lead_intents (i_score DESC);
-- needs: lead_enrichments.e_score
CREATE INDEX idx_lead_enrichments_lead_id ON lead_enrichments (lead_id);
CREATE INDEX idx_lead_enrichments_e_score ON lead_enrichments (e_score DESC);
-- needs: contacts.phone
CREATE INDEX idx_contacts_user_id ON contacts (user_id);
CREATE INDEX idx_contacts_email ON contacts (email);
CREATE INDEX idx_contacts_phone ON contacts (phone);
-- needs: crm_notes.note_type crm_notes.deal_id
CREATE INDEX crm_notes_user_id_idx ON crm_notes (user_id);
CREATE INDEX crm_notes_lead_id_idx ON crm_notes (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX crm_notes_contact_id_idx ON crm_notes (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX crm_notes_deal_id_idx ON crm_notes (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX crm_notes_created_at_idx ON crm_notes (created_at DESC);
CREATE INDEX crm_notes_note_type_idx ON crm_notes (note_type);
-- needs: dm_conversations.status dm_conversations.next_sequence_action_at
CREATE INDEX idx_dm_conversations_user_status ON dm_conversations (user_id, status);
CREATE INDEX idx_dm_conversations_platform ON dm_conversations (platform);
CREATE INDEX idx_dm_conversations_next_action ON dm_conversations (next_sequence_action_at) WHERE next_sequence_action_at IS NOT NULL;
CREATE INDEX idx_dm_conversations_contact ON dm_conversations (contact_id) WHERE contact_id IS NOT NULL;
-- needs: dm_messages.sent_at
CREATE INDEX idx_dm_messages_conversation ON dm_messages (conversation_id);
CREATE INDEX idx_dm_messages_direction ON dm_messages (direction);
CREATE INDEX idx_dm_messages_sent_at ON dm_messages (sent_at DESC);
-- needs: rlhf_feedback_sessions.outcome rlhf_feedback_sessions.composite_reward
CREATE INDEX idx_rlhf_context_hash ON rlhf_feedback_sessions (context_hash);
CREATE INDEX idx_rlhf_outcome ON rlhf_feedback_sessions (outcome) WHERE outcome IS NOT NULL;
CREATE INDEX idx_rlhf_composite_reward ON rlhf_feedback_sessions (composite_reward DESC NULLS LAST);
-- needs: autopilot_settings.contact_id
CREATE UNIQUE INDEX autopilot_settings_user_contact ON autopilot_settings (user_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid));

-- needs: contacts
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view own contacts" ON contacts FOR SELECT USING (user_id = auth.uid());
CREATE POLICY "Users can insert own contacts" ON contacts FOR INSERT WITH CHECK (user_id = auth.uid());
CREATE POLICY "Users can update own contacts" ON contacts FOR UPDATE USING (user_id = auth.uid());
CREATE POLICY "Users can delete own contacts" ON contacts FOR DELETE USING (user_id = auth.uid());
-- needs: lead_verifications
ALTER TABLE lead_verifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY "allow all for authenticated" ON lead_verifications FOR ALL TO authenticated USING (true) WITH CHECK (true);
-- needs: lead_intents
ALTER TABLE lead_intents ENABLE ROW LEVEL SECURITY;
CREATE POLICY "allow all for authenticated" ON lead_intents FOR ALL TO authenticated USING (true) WITH CHECK (true);
-- needs: lead_enrichments
ALTER TABLE lead_enrichments ENABLE ROW LEVEL SECURITY;
CREATE POLICY "allow all" ON lead_enrichments USING (true);
-- needs: lead_interactions
ALTER TABLE lead_interactions ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own or nobody's" ON lead_interactions FOR ALL TO authenticated USING (user_id = auth.uid() OR user_id IS NULL);
-- needs: followup_suggestions
ALTER TABLE followup_suggestions ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own suggestions" ON followup_suggestions FOR ALL TO authenticated USING (user_id = auth.uid());
-- needs: dm_conversations dm_messages
ALTER TABLE dm_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE dm_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own conversations" ON dm_conversations FOR ALL TO authenticated USING (auth.uid() = user_id);
CREATE POLICY "own messages" ON dm_messages FOR ALL TO authenticated USING (auth.uid() = user_id);
-- needs: users.role
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_select_own ON users FOR SELECT TO authenticated USING (id = auth.uid() OR role = 'admin');
CREATE POLICY users_update_own ON users FOR UPDATE TO authenticated USING (id = auth.uid());
CREATE POLICY users_public_insert ON users FOR INSERT WITH CHECK (true);
-- needs: profiles
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own profile" ON profiles FOR ALL TO authenticated USING (id = auth.uid());
-- needs: inbox_drafts
ALTER TABLE inbox_drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own drafts" ON inbox_drafts FOR ALL TO authenticated USING (user_id = auth.uid());

-- needs: leads
CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
-- needs: leads.updated_at
CREATE TRIGGER update_leads_updated_at BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- needs: contacts.updated_at
CREATE TRIGGER update_contacts_updated_at BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- needs: crm_notes.updated_at
CREATE TRIGGER set_crm_notes_updated_at BEFORE UPDATE ON crm_notes FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- needs: users.updated_at
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- needs: dm_conversations.updated_at
CREATE TRIGGER update_dm_conversations_updated_at BEFORE UPDATE ON dm_conversations FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- needs: leads.p_score lead_verifications.v_score lead_enrichments.e_score lead_intents.i_score
CREATE FUNCTION calculate_combined_p_score(p_lead_id uuid) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
  RETURN least(100, 0.25 * least(100, (SELECT max(v_score) FROM lead_verifications WHERE lead_id = p_lead_id))
    + 0.25 * least(100, (SELECT max(e_score) FROM lead_enrichments WHERE lead_id = p_lead_id))
    + 0.5 * least(100, (SELECT max(i_score) FROM lead_intents WHERE lead_id = p_lead_id)));
END $$;
CREATE FUNCTION update_lead_p_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE leads SET p_score = calculate_combined_p_score(NEW.lead_id) WHERE id = NEW.lead_id;
  RETURN NEW;
END $$;
CREATE TRIGGER trg_lead_verification_score AFTER INSERT OR UPDATE ON lead_verifications FOR EACH ROW EXECUTE FUNCTION update_lead_p_score();
CREATE TRIGGER trg_lead_enrichment_score AFTER INSERT OR UPDATE ON lead_enrichments FOR EACH ROW EXECUTE FUNCTION update_lead_p_score();
CREATE TRIGGER trg_lead_intent_score AFTER INSERT OR UPDATE ON lead_intents FOR EACH ROW EXECUTE FUNCTION update_lead_p_score();
-- needs: lead_enrichments.lead_id leads.id
CREATE FUNCTION check_enriched_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Names its table as the found functions do, without a schema: whoever writes here has to let it find that.
  PERFORM 1 FROM leads WHERE id = NEW.lead_id;
  RETURN NEW;
END $$;
CREATE TRIGGER trg_check_enriched_lead BEFORE INSERT OR UPDATE ON lead_enrichments FOR EACH ROW EXECUTE FUNCTION check_enriched_lead();
-- needs: dm_messages.sent_at dm_conversations.messages_sent dm_conversations.messages_received dm_conversations.last_message_at dm_conversations.last_inbound_at dm_conversations.last_outbound_at
CREATE FUNCTION update_conversation_stats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE dm_conversations SET messages_sent = messages_sent + (NEW.direction = 'outbound')::integer,
    messages_received = messages_received + (NEW.direction = 'inbound')::integer, last_message_at = NEW.sent_at,
    last_inbound_at = CASE WHEN NEW.direction = 'inbound' THEN NEW.sent_at ELSE last_inbound_at END,
    last_outbound_at = CASE WHEN NEW.direction = 'outbound' THEN NEW.sent_at ELSE last_outbound_at END
  WHERE id = NEW.conversation_id;
  RETURN NEW;
END $$;
CREATE TRIGGER trg_update_conversation_stats AFTER INSERT ON dm_messages FOR EACH ROW EXECUTE FUNCTION update_conversation_stats();
-- needs: rlhf_feedback_sessions.composite_reward rlhf_feedback_sessions.user_rating
CREATE FUNCTION calculate_composite_reward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.composite_reward := coalesce(NEW.user_rating, 3) / 5.0 * 0.3; RETURN NEW; END $$;
CREATE TRIGGER trg_composite_reward BEFORE INSERT OR UPDATE ON rlhf_feedback_sessions FOR EACH ROW EXECUTE FUNCTION calculate_composite_reward();
-- needs: profiles.first_name profiles.last_name
CREATE FUNCTION handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO public.profiles (id, first_name, last_name)
  VALUES (NEW.id, NEW.raw_user_meta_data ->> 'first_name', NEW.raw_user_meta_data ->> 'last_name') ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;
-- needs: deals.owner_id deals.closed_at deals.stage
CREATE FUNCTION get_user_analytics_summary(p_user_id uuid) RETURNS TABLE (won bigint, value numeric) LANGUAGE sql STABLE AS $$
  SELECT count(*), sum(value::numeric) FROM deals WHERE owner_id = p_user_id AND stage = 'won' AND closed_at IS NOT NULL $$;

-- needs: leads.p_score lead_verifications.v_score lead_intents.i_score
CREATE VIEW v_leads_with_scores AS SELECT l.id, l.user_id, l.name, l.p_score, v.v_score, n.i_score
  FROM leads AS l LEFT JOIN lead_verifications AS v ON v.lead_id = l.id LEFT JOIN lead_intents AS n ON n.lead_id = l.id;
CREATE VIEW v_hot_leads AS SELECT * FROM v_leads_with_scores WHERE p_score >= 75 AND (v_score IS NULL OR v_score >= 60) ORDER BY p_score DESC;
GRANT SELECT ON v_hot_leads TO anon;
-- needs: lead_verifications.created_at
CREATE VIEW v_leads_need_verification AS SELECT l.* FROM leads AS l
  WHERE NOT EXISTS (SELECT FROM lead_verifications AS v WHERE v.lead_id = l.id AND v.created_at > now() - interval '30 days');
-- needs: dm_conversations.last_message_at dm_messages.sent_at leads.p_score
CREATE VIEW v_unified_inbox AS SELECT c.*, l.name AS contact_name, l.p_score AS contact_p_score,
  (SELECT m.content FROM dm_messages AS m WHERE m.conversation_id = c.id ORDER BY m.sent_at DESC LIMIT 1) AS last_message_preview
  FROM dm_conversations AS c LEFT JOIN leads AS l ON l.id = c.contact_id;

-- needs: leads
CREATE TABLE company_settings (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid REFERENCES auth.users, theme text DEFAULT 'dark');
CREATE TABLE template_performance (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid REFERENCES leads ON DELETE SET NULL,
  template_key text, template_text text, channel text, sent_at timestamptz DEFAULT now(), result text, result_at timestamptz);
CREATE VIEW template_leaderboard AS SELECT template_key, count(*) AS total_sent, count(*) FILTER (WHERE result = 'reply') AS replies
  FROM template_performance GROUP BY template_key;
