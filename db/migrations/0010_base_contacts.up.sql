-- why: contacts of contract 1.3 C, owned by an organisation.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on a found table while missing columns and triggers are added (no rewrite, no scan)
-- owner: contacts
-- undo: 0010_base_contacts.down.sql

CALL salesflow.ensure_table('public.contacts', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  org_id uuid NOT NULL
  owner_id uuid
  created_by uuid
  lead_id uuid
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200)
  first_name text
  last_name text
  email text
  phone text
  phone_secondary text
  instagram text
  linkedin text
  facebook text
  tiktok text
  website text
  company text
  position text
  company_size text
  industry text
  address text
  city text
  district text
  postal_code text
  country text DEFAULT 'AT'
  lat numeric
  lng numeric
  status text NOT NULL DEFAULT 'lead' CHECK (status IN ('lead', 'contacted', 'qualified', 'proposal', 'negotiation', 'customer', 'lost', 'nicht_interessiert', 'inactive', 'nurture'))
  lifecycle_stage text NOT NULL DEFAULT 'lead' CHECK (lifecycle_stage IN ('subscriber', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'evangelist'))
  vertical text CHECK (vertical IN ('network', 'immo', 'finance', 'coaching', 'generic'))
  source text
  source_detail text
  segment text
  notes text
  avatar_url text
  preferred_channel text NOT NULL DEFAULT 'whatsapp' CHECK (preferred_channel IN ('whatsapp', 'email', 'phone', 'instagram', 'linkedin'))
  formal_address boolean NOT NULL DEFAULT false
  do_not_contact boolean NOT NULL DEFAULT false
  tags text[] NOT NULL DEFAULT '{}'
  custom_fields jsonb NOT NULL DEFAULT '{}'
  score integer NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 100)
  score_breakdown jsonb NOT NULL DEFAULT '{}'
  first_contact_at timestamptz
  last_contact_at timestamptz
  last_response_at timestamptz
  next_followup_at timestamptz
  converted_at timestamptz
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.contacts', 'org', true);
-- fillfactor 85 and no index on updated_at: 100 % of plain edits stay HOT.
CALL salesflow.ensure_storage('public.contacts', '{fillfactor=85}');
