-- why: leads of contract 1.2 and their satellites of 1.8. A satellite carries its lead's user_id, so that
--      it stands behind the same wall; a writer that does not know the column gets it filled in.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on each found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: leads
-- undo: 0009_base_leads.down.sql

CALL salesflow.ensure_table('public.leads', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  name text NOT NULL
  first_name text
  last_name text
  email text
  phone text
  company text
  platform text DEFAULT 'WhatsApp'
  status text NOT NULL DEFAULT 'new'
  temperature text DEFAULT 'warm'
  score integer DEFAULT 0
  tags text[] NOT NULL DEFAULT '{}'
  last_message text
  notes text
  next_follow_up date
  follow_up_reason text
  p_score numeric(5,2) CHECK (p_score BETWEEN 0 AND 100)
  p_score_trend text CHECK (p_score_trend IN ('up', 'down', 'flat'))
  last_scored_at timestamptz
  customer_since timestamptz
  customer_value numeric(10,2) DEFAULT 0
  customer_type text DEFAULT 'kunde'
  orders_count integer DEFAULT 0
  last_order_at timestamptz
  lost_reason text
  whatsapp text
  instagram text
  instagram_handle text
  instagram_url text
  facebook text
  linkedin text
  linkedin_url text
  last_contact timestamptz
  last_outreach_at timestamptz
  source text
  source_channel text DEFAULT 'unknown' CHECK (source_channel IN ('whatsapp', 'instagram', 'facebook', 'linkedin', 'telegram', 'sms', 'unknown'))
  next_action text
  needs_action boolean NOT NULL DEFAULT false
  next_action_at timestamptz
  next_action_description text
  import_batch_id uuid
  flow text
  follow_up_stage integer DEFAULT 0
  next_follow_up_at timestamptz
  last_inbound_at timestamptz
  do_not_contact boolean DEFAULT false
  preferred_channel text DEFAULT 'WHATSAPP'
  contact_status text DEFAULT 'never_contacted' CHECK (contact_status IN ('never_contacted', 'awaiting_reply', 'in_conversation', 'customer', 'lost'))
  last_contact_date timestamptz
  last_contact_by text CHECK (last_contact_by IN ('user', 'lead'))
  contact_count integer DEFAULT 0
  awaiting_reply_since timestamptz
  waiting_for_response boolean DEFAULT false
  last_inbound_message text
  last_inbound_channel text
  last_action text
  last_action_at timestamptz
  last_contact_at timestamptz
  last_contacted timestamptz
  bant_score integer
  vertical text
  position text
  company_domain text
  reviewed_at timestamptz
  archived_at timestamptz
  image_url text
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.leads', 'user', true);
CALL salesflow.ensure_storage('public.leads', '{fillfactor=85}');

CALL salesflow.ensure_table('public.lead_verifications', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  v_score numeric(5,2) DEFAULT 0
  v_score_updated_at timestamptz
  email_valid boolean
  email_syntax_ok boolean
  email_domain_exists boolean
  email_mx_records boolean
  email_smtp_check boolean
  email_catch_all boolean
  email_disposable boolean
  email_role_based boolean
  email_score numeric(5,2) DEFAULT 0
  email_checked_at timestamptz
  phone_valid boolean
  phone_type varchar(20) CHECK (phone_type IN ('mobile', 'landline', 'voip', 'unknown'))
  phone_carrier varchar(100)
  phone_country_code varchar(5)
  phone_formatted varchar(30)
  phone_score numeric(5,2) DEFAULT 0
  phone_checked_at timestamptz
  domain_exists boolean
  domain_age_days integer
  domain_ssl_valid boolean
  domain_on_spam_list boolean
  domain_score numeric(5,2) DEFAULT 0
  domain_checked_at timestamptz
  social_profiles_found integer DEFAULT 0
  linkedin_verified boolean
  linkedin_connections integer
  linkedin_activity_score numeric(5,2)
  facebook_verified boolean
  instagram_verified boolean
  profile_image_authentic boolean
  social_score numeric(5,2) DEFAULT 0
  social_checked_at timestamptz
  honeypot_triggered boolean DEFAULT false
  form_fill_time_seconds integer
  mouse_movements_detected boolean
  behavioral_score numeric(5,2) DEFAULT 0
  is_duplicate boolean DEFAULT false
  duplicate_of_lead_id uuid
  duplicate_confidence numeric(5,2)
  verification_source varchar(50)
  last_full_verification_at timestamptz
  verification_attempts integer DEFAULT 0
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);

CALL salesflow.ensure_table('public.lead_enrichments', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  e_score numeric(5,2) DEFAULT 0
  e_score_updated_at timestamptz
  company_name varchar(200)
  company_domain varchar(200)
  company_industry varchar(100)
  company_sub_industry varchar(100)
  company_size_range varchar(50) CHECK (company_size_range IN ('1-10', '11-50', '51-200', '201-500', '500+'))
  company_employee_count integer
  company_founded_year integer
  company_revenue_range varchar(50)
  company_revenue_estimate numeric(15,2)
  company_type varchar(50)
  company_description text
  company_logo_url varchar(500)
  company_linkedin_url varchar(500)
  company_facebook_url varchar(500)
  company_twitter_url varchar(500)
  company_country varchar(100)
  company_state varchar(100)
  company_city varchar(100)
  company_postal_code varchar(20)
  company_address text
  company_timezone varchar(50)
  person_title varchar(200)
  person_seniority varchar(50)
  person_department varchar(100)
  person_linkedin_url varchar(500)
  person_photo_url varchar(500)
  person_bio text
  tech_stack jsonb DEFAULT '[]'
  tech_stack_score numeric(5,2) DEFAULT 0
  icp_match_score numeric(5,2) DEFAULT 0
  icp_match_reasons jsonb DEFAULT '[]'
  funding_total numeric(15,2)
  funding_last_round varchar(50)
  funding_last_date date
  is_hiring boolean
  job_openings_count integer
  enrichment_source varchar(50)
  enrichment_confidence numeric(5,2)
  data_freshness_days integer
  last_enriched_at timestamptz
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);

CALL salesflow.ensure_table('public.lead_intents', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  i_score numeric(5,2) DEFAULT 0
  i_score_updated_at timestamptz
  website_visits_30d integer DEFAULT 0
  website_visits_7d integer DEFAULT 0
  total_page_views integer DEFAULT 0
  unique_pages_viewed integer DEFAULT 0
  avg_time_on_site_seconds integer DEFAULT 0
  bounce_rate numeric(5,2)
  high_intent_pages jsonb DEFAULT '[]'
  pricing_page_visits integer DEFAULT 0
  demo_page_visits integer DEFAULT 0
  case_study_views integer DEFAULT 0
  content_downloads integer DEFAULT 0
  webinar_registrations integer DEFAULT 0
  email_opens_30d integer DEFAULT 0
  email_clicks_30d integer DEFAULT 0
  form_submissions integer DEFAULT 0
  social_likes integer DEFAULT 0
  social_comments integer DEFAULT 0
  social_shares integer DEFAULT 0
  content_engagement_score numeric(5,2) DEFAULT 0
  intent_keywords jsonb DEFAULT '[]'
  requested_demo boolean DEFAULT false
  requested_quote boolean DEFAULT false
  asked_about_pricing boolean DEFAULT false
  mentioned_competitor boolean DEFAULT false
  mentioned_budget boolean DEFAULT false
  mentioned_timeline boolean DEFAULT false
  competitor_mentioned varchar(200)
  last_activity_at timestamptz
  days_since_last_activity integer
  activity_frequency varchar(20) CHECK (activity_frequency IN ('daily', 'weekly', 'monthly', 'sporadic'))
  best_contact_time varchar(50)
  recency_score numeric(5,2) DEFAULT 0
  frequency_score numeric(5,2) DEFAULT 0
  depth_score numeric(5,2) DEFAULT 0
  intent_stage varchar(30) CHECK (intent_stage IN ('awareness', 'consideration', 'decision', 'purchase'))
  buying_committee_role varchar(50)
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);

-- Runs with the writer's own rights: under RLS it finds only a lead that the writer may see.
CREATE FUNCTION salesflow.fill_lead_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.user_id := (SELECT l.user_id FROM public.leads AS l WHERE l.id = NEW.lead_id);
  RETURN NEW;
END $$;
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['lead_verifications', 'lead_enrichments', 'lead_intents'] LOOP
    CALL salesflow.ensure_tenant_table('public.' || t, 'user', true);
    CALL salesflow.ensure_trigger('public.' || t, 'salesflow_fill_owner', 'BEFORE INSERT',
      'FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION salesflow.fill_lead_owner()');
    CALL salesflow.ensure_index('public.' || t, t || '_user_lead_idx', '(user_id, lead_id, created_at, id)', true);
  END LOOP;
END $$;
CALL salesflow.seal();
