-- why: organisations, their members and the users of contract 1.9. The password hash stands in a column
--      that only functions of salesflow_owner read.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on users while missing columns are added (no rewrite, no scan)
-- owner: accounts
-- undo: 0003_base_accounts.down.sql

CALL salesflow.ensure_table('public.organizations', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200)
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);

CALL salesflow.ensure_table('public.users', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  email varchar(255) NOT NULL CHECK (email LIKE '_%@_%' AND email = lower(email))
  password_hash varchar(255) NOT NULL
  name varchar(100) NOT NULL
  first_name varchar(100)
  last_name varchar(100)
  full_name varchar(201)
  company varchar(200)
  phone varchar(50)
  avatar_url text
  vertical_id text
  role varchar(50) NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'superadmin'))
  is_active boolean NOT NULL DEFAULT true
  is_verified boolean NOT NULL DEFAULT false
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  last_login timestamptz
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_constraint('public.users', 'users_email_key', 'UNIQUE (email)');

CALL salesflow.ensure_table('public.org_members', $$
  org_id uuid NOT NULL
  user_id uuid NOT NULL
  role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member'))
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_constraint('public.org_members', 'org_members_pkey', 'PRIMARY KEY (org_id, user_id)');
CALL salesflow.ensure_index('public.org_members', 'org_members_user_org_key', '(user_id, org_id)', true);
CALL salesflow.ensure_foreign_key('public.org_members', 'org_members_org_fkey', 'org_id', 'public.organizations (id)', 'ON DELETE CASCADE');
CALL salesflow.ensure_foreign_key('public.org_members', 'org_members_user_fkey', 'user_id', 'public.users (id)', 'ON DELETE CASCADE');

CALL salesflow.ensure_row_version('public.organizations', true);
CALL salesflow.ensure_row_version('public.users', true);
CALL salesflow.ensure_row_version('public.org_members', true);

-- A member sees the organisation in use and its members, and all memberships of its own. Writing
-- memberships is the business of functions.
CALL salesflow.ensure_tenant_policy('public.org_members',
  $$org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
    OR user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)$$);
CALL salesflow.ensure_tenant_policy('public.organizations',
  $$id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
    OR EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = organizations.id
               AND m.user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))$$);
CALL salesflow.ensure_grant('SELECT', 'TABLE public.org_members', 'salesflow_app');
CALL salesflow.ensure_grant('SELECT, UPDATE (name)', 'TABLE public.organizations', 'salesflow_app');

-- A user reads its own row and its fellow members', and changes its own profile. The wall repeats it
-- for each command, since one RESTRICTIVE policy cannot tell reading from writing.
CALL salesflow.enable_rls('public.users');
DO $$
DECLARE
  self text := 'id = (SELECT nullif(current_setting(''app.user_id'', true), '''')::uuid)';
  fellow text := 'EXISTS (SELECT FROM public.org_members AS m WHERE m.user_id = users.id AND m.org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))';
BEGIN
  CALL salesflow.ensure_policy('public.users', 'salesflow_app_tenant', format('TO salesflow_app USING (%s OR %s)', self, fellow));
  CALL salesflow.ensure_policy('public.users', 'salesflow_app_wall', format('AS RESTRICTIVE TO salesflow_app USING (%s OR %s)', self, fellow));
  CALL salesflow.ensure_policy('public.users', 'salesflow_app_wall_update', format('AS RESTRICTIVE FOR UPDATE TO salesflow_app USING (%s) WITH CHECK (%1$s)', self));
  CALL salesflow.ensure_policy('public.users', 'salesflow_app_wall_delete', 'AS RESTRICTIVE FOR DELETE TO salesflow_app USING (false)');
END $$;
CALL salesflow.ensure_grant('SELECT (id, email, name, first_name, last_name, full_name, company, phone, avatar_url, vertical_id, role, is_active, is_verified, created_at, updated_at, last_login, row_version)', 'TABLE public.users', 'salesflow_app');
CALL salesflow.ensure_grant('UPDATE (name, first_name, last_name, full_name, company, phone, avatar_url, vertical_id)', 'TABLE public.users', 'salesflow_app');
CALL salesflow.seal();
