#include "tests/support/foreign_database.hpp"

#include <fmt/format.h>

namespace salesflow::test {

std::string foreign_roles_sql(const std::string& owner, const std::string& password) {
  return fmt::format(R"sql(
    CREATE ROLE anon NOLOGIN NOINHERIT;
    CREATE ROLE authenticated NOLOGIN NOINHERIT;
    CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
    CREATE ROLE platform_admin NOLOGIN;
    CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD '{}')sql",
                     owner, password);
}

std::string foreign_platform_sql(const std::string& owner) {
  return fmt::format(R"sql(
    CREATE SCHEMA auth AUTHORIZATION platform_admin;
    CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, created_at timestamptz DEFAULT now());
    ALTER TABLE auth.users OWNER TO platform_admin;
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
      AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
    ALTER FUNCTION auth.uid() OWNER TO platform_admin;
    GRANT USAGE ON SCHEMA auth TO {0}, anon, authenticated, service_role;
    GRANT SELECT, REFERENCES ON auth.users TO {0};
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE {0} IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE {0} IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
    INSERT INTO auth.users (id, email) SELECT ('00000000-0000-7000-8000-00000000000' || i)::uuid, 'u' || i || '@example.com'
      FROM generate_series(1, 5) AS i)sql",
                     owner);
}

std::string foreign_tables_sql(int events) {
  std::string sql = R"sql(
    CREATE FUNCTION public.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;

    CREATE TABLE public.message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid,
      channel text NOT NULL CHECK (channel IN ('email', 'whatsapp', 'instagram', 'linkedin', 'facebook', 'internal')),
      direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')), normalized_text text NOT NULL, raw_payload jsonb,
      autopilot_status text NOT NULL DEFAULT 'pending', suggested_reply jsonb, template_version text, persona_variant text,
      created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX message_events_user_contact_idx ON public.message_events (user_id, contact_id);
    CREATE INDEX message_events_user_status_idx ON public.message_events (user_id, autopilot_status);
    CREATE INDEX message_events_created_at_idx ON public.message_events (created_at DESC);
    CREATE INDEX message_events_channel_idx ON public.message_events (channel);
    CREATE INDEX message_events_direction_idx ON public.message_events (user_id, direction);
    COMMENT ON INDEX public.message_events_direction_idx IS 'for the old inbox';
    CREATE INDEX message_events_has_reply_idx ON public.message_events (user_id, autopilot_status) WHERE suggested_reply IS NOT NULL;
    CREATE INDEX idx_message_events_template_version ON public.message_events (template_version) WHERE template_version IS NOT NULL;
    CREATE INDEX idx_message_events_persona_variant ON public.message_events (persona_variant) WHERE persona_variant IS NOT NULL;
    CREATE INDEX idx_message_events_experiment ON public.message_events (user_id, template_version, persona_variant) WHERE template_version IS NOT NULL;
    -- the strategy's own, as it writes them (its index 4 refuses long texts, so it holds none here)
    CREATE INDEX idx_message_events_user_status_created ON public.message_events (user_id, autopilot_status, created_at DESC);
    CREATE INDEX idx_message_events_user_channel_status ON public.message_events (user_id, channel, autopilot_status, created_at) WHERE autopilot_status = 'pending';
    CREATE INDEX idx_message_events_user_contact_created ON public.message_events (user_id, contact_id, created_at DESC) WHERE contact_id IS NOT NULL;
    CREATE INDEX idx_message_events_user_created_direction ON public.message_events (user_id, created_at DESC, direction) INCLUDE (channel);

    CREATE TABLE public.leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text NOT NULL, email text UNIQUE, phone text, company text,
      platform text DEFAULT 'WhatsApp', status text DEFAULT 'NEW', temperature text DEFAULT '50', score integer DEFAULT 0, tags jsonb DEFAULT '[]',
      last_message text, notes text, next_follow_up text, p_score numeric(5,2), last_scored_at timestamptz, flow text,
      created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), mlm_rank text, bant_score integer);
    CREATE INDEX idx_leads_p_score ON public.leads (p_score DESC NULLS LAST);
    CREATE INDEX idx_leads_p_score_scored_at ON public.leads (p_score DESC NULLS LAST, last_scored_at DESC) WHERE p_score IS NOT NULL;
    CREATE INDEX idx_leads_next_followup ON public.leads (next_follow_up) WHERE next_follow_up IS NOT NULL;
    CREATE INDEX idx_leads_status_created ON public.leads (status, created_at DESC);
    ALTER TABLE public.leads SET (fillfactor = 70);

    CREATE TABLE public.lead_verifications (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES public.leads (id) ON DELETE CASCADE,
      v_score numeric(5,2) DEFAULT 0, email_valid boolean, is_duplicate boolean DEFAULT false, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    CREATE INDEX idx_lead_verifications_v_score_duplicate ON public.lead_verifications (v_score DESC, is_duplicate) WHERE v_score IS NOT NULL;
    CREATE TABLE public.lead_enrichments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES public.leads (id) ON DELETE CASCADE,
      e_score numeric(5,2) DEFAULT 0, company_name varchar(200), company_industry varchar(100), created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    CREATE TABLE public.lead_intents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES public.leads (id) ON DELETE CASCADE,
      i_score numeric(5,2) DEFAULT 0, requested_demo boolean DEFAULT false, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    ALTER TABLE public.lead_verifications ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.lead_enrichments ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.lead_intents ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "allow all for authenticated" ON public.lead_verifications FOR ALL TO authenticated USING (true) WITH CHECK (true);
    CREATE POLICY "allow all" ON public.lead_enrichments USING (true);
    CREATE POLICY "allow all for authenticated" ON public.lead_intents FOR ALL TO authenticated USING (true) WITH CHECK (true);
    CREATE FUNCTION public.write_p_score() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE public.leads SET p_score = (SELECT least(100, 0.5 * coalesce(max(v_score), 100) + 10) FROM public.lead_verifications WHERE lead_id = NEW.lead_id) WHERE id = NEW.lead_id;
      RETURN NEW;
    END $$;
    CREATE TRIGGER trg_write_p_score AFTER INSERT OR UPDATE ON public.lead_verifications FOR EACH ROW EXECUTE FUNCTION public.write_p_score();

    CREATE TABLE public.contacts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, email varchar(255), phone varchar(50), name varchar(200),
      company varchar(200), created_at timestamptz DEFAULT now(), updated_at timestamptz, timezone varchar(50) DEFAULT 'UTC', best_contact_time time,
      preferred_channel varchar(50) DEFAULT 'email', opt_out_channels text[] DEFAULT '{}', linkedin_id varchar(200), instagram_id varchar(200), whatsapp_number varchar(50));
    CREATE INDEX idx_contacts_user_id ON public.contacts (user_id);
    CREATE INDEX idx_contacts_email ON public.contacts (email);
    ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "own contacts are read" ON public.contacts FOR SELECT USING (user_id = auth.uid());
    CREATE POLICY "own contacts are written" ON public.contacts FOR INSERT WITH CHECK (user_id = auth.uid());
    CREATE POLICY "own contacts are changed" ON public.contacts FOR UPDATE USING (user_id = auth.uid());
    CREATE POLICY "own contacts are deleted" ON public.contacts FOR DELETE USING (user_id = auth.uid());
    CREATE TRIGGER contacts_updated_at BEFORE UPDATE ON public.contacts FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

    CREATE TABLE public.crm_notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, lead_id uuid, contact_id uuid, deal_id uuid, content text NOT NULL,
      note_type text NOT NULL DEFAULT 'manual', source text DEFAULT 'user', metadata jsonb, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX crm_notes_user_id_idx ON public.crm_notes (user_id);
    CREATE INDEX crm_notes_lead_id_idx ON public.crm_notes (lead_id) WHERE lead_id IS NOT NULL;
    CREATE INDEX idx_crm_notes_user_lead_created ON public.crm_notes (user_id, lead_id, created_at DESC) WHERE lead_id IS NOT NULL;
    CREATE TRIGGER set_crm_notes_updated_at BEFORE UPDATE ON public.crm_notes FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

    CREATE TABLE public.rlhf_feedback_sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, context_hash text NOT NULL, input_type text NOT NULL,
      input_context jsonb NOT NULL, generated_response text NOT NULL, generation_model text NOT NULL, user_rating integer, response_used boolean DEFAULT false, outcome text,
      composite_reward numeric(5,2), created_at timestamptz DEFAULT now());
    CREATE INDEX idx_rlhf_sessions_created_outcome ON public.rlhf_feedback_sessions (created_at DESC, outcome) INCLUDE (composite_reward, user_id);

    CREATE TABLE public.dm_conversations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid REFERENCES public.leads (id) ON DELETE SET NULL,
      platform varchar(30) NOT NULL, status varchar(50) NOT NULL DEFAULT 'new', messages_sent integer DEFAULT 0, messages_received integer DEFAULT 0,
      last_message_at timestamptz, last_inbound_at timestamptz, last_outbound_at timestamptz, priority_score integer DEFAULT 50, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    CREATE INDEX idx_dm_conversations_user_status ON public.dm_conversations (user_id, status);
    CREATE INDEX idx_dm_conversations_user_status_platform ON public.dm_conversations (user_id, status, platform, last_message_at DESC);
    CREATE INDEX idx_dm_conversations_user_priority ON public.dm_conversations (user_id, priority_score DESC, last_message_at DESC);
    CREATE TABLE public.dm_messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), conversation_id uuid NOT NULL REFERENCES public.dm_conversations (id) ON DELETE CASCADE,
      user_id uuid NOT NULL, direction varchar(10) NOT NULL, content text NOT NULL, sent_at timestamptz DEFAULT now(), created_at timestamptz DEFAULT now());
    CREATE INDEX idx_dm_messages_conversation ON public.dm_messages (conversation_id);
    ALTER TABLE public.dm_conversations ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.dm_messages ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "own conversations" ON public.dm_conversations FOR ALL TO authenticated USING (auth.uid() = user_id);
    CREATE POLICY "own messages" ON public.dm_messages FOR ALL TO authenticated USING (auth.uid() = user_id);
    CREATE FUNCTION public.update_conversation_stats() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE public.dm_conversations SET messages_sent = messages_sent + (NEW.direction = 'outbound')::integer,
        messages_received = messages_received + (NEW.direction = 'inbound')::integer, last_message_at = NEW.sent_at WHERE id = NEW.conversation_id;
      RETURN NEW;
    END $$;
    CREATE TRIGGER trg_update_conversation_stats AFTER INSERT ON public.dm_messages FOR EACH ROW EXECUTE FUNCTION public.update_conversation_stats();

    CREATE TABLE public.company_settings (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid REFERENCES auth.users (id), theme text DEFAULT 'dark');
    CREATE VIEW public.v_lead_names AS SELECT id, name FROM public.leads;

    INSERT INTO public.leads (user_id, name, email, status, temperature, p_score, next_follow_up)
      SELECT ('00000000-0000-7000-8000-00000000000' || i % 5 + 1)::uuid, 'Lead ' || i, 'l' || i || '@example.com',
        (ARRAY['NEW', 'won', 'Contacted', NULL])[i % 4 + 1], (ARRAY['hot', '87', 'WARM', '', '-3', 'lukewarm', '1e3', NULL])[i % 8 + 1],
        (ARRAY[12.5, NULL, 99.99])[i % 3 + 1], (ARRAY['2026-03-01', 'soon', NULL, '2026-03-01T10:00:00Z'])[i % 4 + 1]
      FROM generate_series(1, 400) AS i;
    INSERT INTO public.lead_verifications (lead_id, v_score) SELECT id, 10 FROM public.leads UNION ALL SELECT id, 20 FROM (SELECT id FROM public.leads LIMIT 50) AS twice;
    INSERT INTO public.lead_intents (lead_id, i_score) SELECT id, 33 FROM public.leads LIMIT 100;
    INSERT INTO public.contacts (user_id, name, email) SELECT user_id, name, 'not an address' FROM public.leads;
    INSERT INTO public.crm_notes (user_id, lead_id, content) SELECT user_id, id, repeat('note ', 2000) FROM public.leads;
    INSERT INTO public.rlhf_feedback_sessions (user_id, context_hash, input_type, input_context, generated_response, generation_model, outcome)
      SELECT user_id, md5(name), 'follow_up', '{}', 'r', 'm', 'converted' FROM public.leads;
    INSERT INTO public.dm_conversations (user_id, contact_id, platform) SELECT user_id, id, 'whatsapp' FROM public.leads;
    -- rows that break a tenant-carrying foreign key: conversations with another user's lead, messages of another user
    UPDATE public.dm_conversations SET user_id = '00000000-0000-7000-8000-000000000001' WHERE id IN (SELECT id FROM public.dm_conversations LIMIT 40);
    INSERT INTO public.dm_messages (conversation_id, user_id, direction, content) SELECT id, user_id, 'inbound', 'hello' FROM public.dm_conversations;
    UPDATE public.dm_messages SET user_id = '00000000-0000-7000-8000-000000000002' WHERE id IN (SELECT id FROM public.dm_messages LIMIT 7);
    INSERT INTO public.company_settings (user_id) SELECT id FROM auth.users;

    CREATE MATERIALIZED VIEW public.mv_rlhf_sessions_daily AS
      SELECT date(created_at) AS session_date, count(*) AS total_sessions, count(DISTINCT user_id) AS active_users FROM public.rlhf_feedback_sessions GROUP BY 1;
    CREATE INDEX idx_mv_rlhf_sessions_date ON public.mv_rlhf_sessions_daily (session_date DESC);
    CREATE MATERIALIZED VIEW public.mv_template_performance AS
      SELECT template_version, persona_variant, channel, count(*) AS total_messages FROM public.message_events GROUP BY 1, 2, 3;
    CREATE MATERIALIZED VIEW public.mv_hot_leads AS SELECT l.id, l.name, l.p_score, v.v_score FROM public.leads AS l LEFT JOIN public.lead_verifications AS v ON v.lead_id = l.id WHERE l.p_score >= 75;
    CREATE INDEX idx_mv_hot_leads_p_score ON public.mv_hot_leads (p_score DESC);
    GRANT SELECT ON public.mv_hot_leads TO authenticated;
    CREATE FUNCTION public.get_user_analytics_summary(p_user uuid) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM public.leads WHERE user_id = p_user $$;
    INSERT INTO public.message_events (user_id, contact_id, channel, direction, normalized_text, autopilot_status, suggested_reply, template_version, created_at)
      SELECT ('00000000-0000-7000-8000-00000000000' || i % 5 + 1)::uuid, CASE WHEN i % 3 > 0 THEN (SELECT id FROM public.leads LIMIT 1) END,
        (ARRAY['email', 'whatsapp', 'instagram'])[i % 3 + 1], (ARRAY['inbound', 'outbound'])[i % 2 + 1],
        CASE WHEN i % 500 = 0 THEN repeat(md5(i::text), 300) ELSE 'text ' || i END, (ARRAY['pending', 'sent', 'approved'])[i % 3 + 1],
        CASE WHEN i % 7 = 0 THEN '{"text": "yes"}'::jsonb END, CASE WHEN i % 11 = 0 THEN 'v2' END, now() - i * interval '1 minute'
      FROM generate_series(1, )sql";
  return sql + std::to_string(events) +
         ") AS i;\n    ANALYZE public.message_events, public.leads, public.lead_verifications, public.contacts, "
         "public.crm_notes, "
         "public.dm_conversations, public.dm_messages, public.rlhf_feedback_sessions";
}

std::string foreign_columns_sql() {
  return R"sql(
    SELECT c.oid::regclass, format('SELECT md5(coalesce(string_agg(t, e''\n'' ORDER BY t), '''')) FROM (SELECT row(%s)::text AS t FROM %s) AS s',
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), c.oid::regclass)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace IN ('public'::regnamespace, to_regnamespace('auth')) AND c.relkind = 'r' GROUP BY c.oid ORDER BY 1)sql";
}

}  // namespace salesflow::test
