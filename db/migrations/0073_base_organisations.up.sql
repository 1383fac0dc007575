-- why: users who existed before SalesFlow have no organisation. Their first request or login may make them one, and
--      `salesflow org adopt` remembers what it made of what.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: accounts
-- undo: 0073_base_organisations.down.sql
--
-- For salesflow_auth:
--   provision_organization(user_id uuid, new_org_id uuid) -> (outcome text: found | created | no_user, org_id uuid, role text)
--        found: the user has a membership (the oldest is answered). created: the user owns a new organisation, which
--        takes the user's company, name or address as its name. Callers of one user wait for each other, so that
--        one organisation is made.

-- What `salesflow org adopt` made: source org_id | domain | personal | single, key the value it stands for. A second
-- run finds its organisations here.
CREATE TABLE salesflow.adopted_organizations (
  source text NOT NULL CHECK (source IN ('org_id', 'domain', 'personal', 'single')),
  key text NOT NULL,
  org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, key)
);
CREATE INDEX adopted_organizations_org_idx ON salesflow.adopted_organizations (org_id);

-- Rows in users that adopting made for people known to auth.users alone; `down` takes away those that nobody has used.
CREATE TABLE salesflow.adopted_profiles (
  user_id uuid PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION salesflow.provision_organization(p_user_id uuid, p_new_org_id uuid)
RETURNS TABLE (outcome text, org_id uuid, role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_name text;
BEGIN
  -- `org adopt` holds the first key alone while it hands out memberships; then one caller a user.
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('salesflow.adopt_organizations', 0));
  PERFORM pg_advisory_xact_lock(hashtextextended('salesflow.provision:' || p_user_id, 0));
  SELECT 'found', m.org_id, m.role INTO outcome, org_id, role FROM public.org_members AS m
  WHERE m.user_id = p_user_id ORDER BY m.created_at, m.org_id LIMIT 1;
  IF NOT FOUND THEN
    SELECT coalesce(nullif(btrim(u.company), ''), nullif(btrim(u.name), ''), split_part(u.email, '@', 1)) INTO v_name
    FROM public.users AS u WHERE u.id = p_user_id AND coalesce(u.is_active, true);
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'no_user', NULL::uuid, NULL::text;
      RETURN;
    END IF;
    INSERT INTO public.organizations (id, name) VALUES (p_new_org_id, left(coalesce(nullif(v_name, ''), 'Personal'), 200));
    INSERT INTO public.org_members (org_id, user_id, role) VALUES (p_new_org_id, p_user_id, 'owner');
    INSERT INTO salesflow.inserted_rows (relation, row_key)
    SELECT w.relation, w.row_key
    FROM (VALUES ('public.organizations', jsonb_build_object('id', p_new_org_id)),
                 ('public.org_members', jsonb_build_object('org_id', p_new_org_id, 'user_id', p_user_id))) AS w (relation, row_key)
    WHERE NOT salesflow.made('table', w.relation);
    INSERT INTO salesflow.adopted_organizations (source, key, org_id) VALUES ('personal', p_user_id::text, p_new_org_id)
    ON CONFLICT ON CONSTRAINT adopted_organizations_pkey DO UPDATE SET org_id = excluded.org_id;
    outcome := 'created';
    org_id := p_new_org_id;
    role := 'owner';
  END IF;
  RETURN NEXT;
END $$;

CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.provision_organization(uuid, uuid)', 'salesflow_auth');
