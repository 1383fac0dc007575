// A database that someone else built, with tables under our names: what tests of adoption start from.
#pragma once

namespace salesflow::test {

/// Optional columns are missing, leads have odd temperatures and several verifications, contacts belong to a user,
/// policies allow everything, triggers write p_score and counters, and names of ours are taken by other definitions.
inline constexpr const char* taken_tables = R"sql(
CREATE TABLE leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text NOT NULL, email text, phone text,
  status text, temperature text, p_score numeric(5,2), last_scored_at timestamptz, created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now());
CREATE TABLE lead_verifications (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
  v_score numeric(5,2) DEFAULT 0, is_duplicate boolean DEFAULT false, created_at timestamptz DEFAULT now());
CREATE TABLE lead_intents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
  i_score numeric(5,2) DEFAULT 0, created_at timestamptz DEFAULT now());
CREATE TABLE dm_conversations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid REFERENCES leads ON DELETE SET NULL,
  platform varchar(30) NOT NULL, status varchar(50) DEFAULT 'new', messages_sent integer DEFAULT 0, messages_received integer DEFAULT 0,
  last_message_at timestamptz, last_inbound_at timestamptz, last_outbound_at timestamptz, next_sequence_action_at timestamptz,
  updated_at timestamptz DEFAULT now());
CREATE TABLE dm_messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), conversation_id uuid NOT NULL REFERENCES dm_conversations ON DELETE CASCADE,
  user_id uuid NOT NULL, direction varchar(10) NOT NULL, content text NOT NULL, sent_at timestamptz DEFAULT now());
CREATE TABLE contacts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, email varchar(255), phone varchar(50), name varchar(200),
  company varchar(200), created_at timestamptz DEFAULT now(), updated_at timestamptz);
CREATE TABLE deals (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid, contact_id uuid, owner_id uuid, title text NOT NULL,
  value numeric NOT NULL DEFAULT 0, probability integer DEFAULT 10, stage text DEFAULT 'new', closed_at timestamptz, created_at timestamptz DEFAULT now());
CREATE TABLE message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid, channel text NOT NULL,
  direction text NOT NULL, normalized_text text NOT NULL, autopilot_status text NOT NULL DEFAULT 'pending', template_version text,
  persona_variant text, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE rlhf_feedback_sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, context_hash text NOT NULL,
  input_type text NOT NULL, input_context jsonb NOT NULL, generated_response text NOT NULL, generation_model text NOT NULL, user_rating integer,
  response_used boolean DEFAULT false, outcome text, composite_reward numeric(5,2), created_at timestamptz DEFAULT now());
ALTER TABLE lead_verifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY "allow all" ON lead_verifications USING (true) WITH CHECK (true);
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY "allow all" ON contacts USING (true) WITH CHECK (true);

CREATE FUNCTION store_p_score(lead uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN UPDATE public.leads SET updated_at = now(), p_score = 75 WHERE id = lead; END $$;
CREATE FUNCTION score_by_another() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM store_p_score(NEW.lead_id); RETURN NEW; END $$;
CREATE FUNCTION score_directly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE leads l SET (updated_at, p_score) = (now(), 80) WHERE l.id = NEW.lead_id; RETURN NEW; END $$;
CREATE FUNCTION score_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.status = 'won' THEN NEW.p_score := 100; END IF; RETURN NEW; END $$;
CREATE FUNCTION only_reads_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE leads SET email = 'seen' WHERE p_score = -1; RETURN NEW; END $$;
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
CREATE FUNCTION update_conversation_stats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE dm_conversations SET messages_sent = messages_sent + 1, last_message_at = NEW.sent_at WHERE id = NEW.conversation_id;
  RETURN NEW;
END $$;
CREATE TRIGGER by_another AFTER INSERT OR UPDATE ON lead_verifications FOR EACH ROW EXECUTE FUNCTION score_by_another();
COMMENT ON TRIGGER by_another ON lead_verifications IS 'theirs';
CREATE TRIGGER directly AFTER INSERT OR UPDATE ON lead_intents FOR EACH ROW EXECUTE FUNCTION score_directly();
ALTER TABLE lead_intents ENABLE ALWAYS TRIGGER directly;
CREATE TRIGGER only_reads AFTER INSERT ON lead_intents FOR EACH ROW EXECUTE FUNCTION only_reads_it();
CREATE TRIGGER itself BEFORE INSERT OR UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION score_itself();
CREATE TRIGGER set_updated_at BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_update_conversation_stats AFTER INSERT ON dm_messages FOR EACH ROW EXECUTE FUNCTION update_conversation_stats();

INSERT INTO leads (id, user_id, name, status, temperature, updated_at)
SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, ('00000000-0000-7000-9000-' || lpad((i % 3)::text, 12, '0'))::uuid, 'Lead ' || i,
  (ARRAY['NEW', 'Won', repeat('Long', 3000), NULL])[i % 4 + 1], (ARRAY['hot', '87', '87 hot', NULL, '-5', 'COLD '])[i % 6 + 1], '2025-01-01Z'
FROM generate_series(1, 100) AS i;
INSERT INTO lead_verifications (lead_id, v_score) SELECT id, 65 FROM leads;
INSERT INTO lead_verifications (lead_id, v_score) SELECT id, 55 FROM leads LIMIT 10;
INSERT INTO dm_conversations (user_id, platform, status) SELECT user_id, 'whatsapp', 'replied' FROM leads;
INSERT INTO dm_messages (conversation_id, user_id, direction, content) SELECT id, user_id, 'outbound', 'x' FROM dm_conversations;
INSERT INTO contacts (user_id, name, email) SELECT user_id, name, 'Mail@' || name FROM leads;
INSERT INTO deals (org_id, owner_id, title, value) SELECT CASE WHEN name LIKE '%9' THEN NULL ELSE user_id END, user_id, name, 12.34 FROM leads;
INSERT INTO message_events (user_id, channel, direction, normalized_text, template_version)
SELECT user_id, 'email', 'outbound', repeat('x', 9000), 'v1' FROM leads;
INSERT INTO rlhf_feedback_sessions (user_id, context_hash, input_type, input_context, generated_response, generation_model)
SELECT user_id, 'h', 'follow_up', '{}', 'r', 'm' FROM leads;

CREATE MATERIALIZED VIEW mv_rlhf_sessions_daily AS SELECT date(created_at) AS session_date, count(*) AS total_sessions
FROM rlhf_feedback_sessions GROUP BY 1;
CREATE INDEX idx_mv_rlhf_sessions_date ON mv_rlhf_sessions_daily (session_date DESC);
CREATE MATERIALIZED VIEW mv_hot_leads AS SELECT l.id, l.name FROM leads l WHERE l.p_score >= 75;
COMMENT ON MATERIALIZED VIEW mv_hot_leads IS 'theirs';
CREATE VIEW theirs AS SELECT * FROM mv_hot_leads;
CREATE INDEX idx_leads_next_followup ON leads (created_at);
CREATE FUNCTION calculate_lead_event_stats(p_user_id uuid, p_cutoff_14d timestamptz, p_cutoff_7d timestamptz, p_contact_id uuid DEFAULT NULL)
RETURNS TABLE (inbound_7d integer) LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION get_conversation_context(contact uuid, n integer) RETURNS text LANGUAGE sql AS $$ SELECT 'theirs' $$;
COMMENT ON FUNCTION get_conversation_context(uuid, integer) IS 'theirs';
)sql";

}  // namespace salesflow::test
