-- why: found deals and tasks may have no org_id and are nobody's behind row level security. A writer that goes on
--      leaving it out gets it filled in, as contacts do (0025): the organisation of the contact or deal that the row
--      is about, if the row's owner is a member of it; of a row about nothing, the only one of its owner. With none or
--      several, or one that the owner does not belong to, it stays NULL rather than wrong: a client that may write
--      the table itself could name any contact, and its row would stand in another tenant.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on deals and tasks while triggers are added
-- owner: accounts
-- undo: 0074_base_row_organisation.down.sql
--
-- Only found tables need it: those that SalesFlow makes refuse a row without organisation. SECURITY DEFINER: a writer
-- may not read memberships. With org_id given the trigger costs its WHEN alone.
CREATE FUNCTION salesflow.sole_organization(p_user_ids uuid[]) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT CASE WHEN count(*) = 1 THEN (array_agg(m.org_id))[1] END FROM public.org_members AS m WHERE m.user_id = u.id)
  FROM unnest(p_user_ids) WITH ORDINALITY AS u (id, nr) WHERE u.id IS NOT NULL ORDER BY u.nr LIMIT 1
$$;

-- An organisation, if the first that is given of the people is a member of it.
CREATE FUNCTION salesflow.organization_of_member(p_org_id uuid, p_user_ids uuid[]) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.org_id FROM public.org_members AS m
  WHERE m.org_id = p_org_id
    AND m.user_id = (SELECT u.id FROM unnest(p_user_ids) WITH ORDINALITY AS u (id, nr) WHERE u.id IS NOT NULL ORDER BY u.nr LIMIT 1)
$$;

CREATE FUNCTION salesflow.fill_deal_org() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_people uuid[] := ARRAY[NEW.owner_id, NEW.created_by];
BEGIN
  NEW.org_id := CASE
    WHEN NEW.contact_id IS NULL THEN salesflow.sole_organization(v_people)
    ELSE salesflow.organization_of_member((SELECT c.org_id FROM public.contacts AS c WHERE c.id = NEW.contact_id), v_people) END;
  RETURN NEW;
END $$;

-- A task whose contact and deal belong to two organisations belongs to none.
CREATE FUNCTION salesflow.fill_task_org() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_people uuid[] := ARRAY[NEW.assigned_to, NEW.created_by];
  v_of_contact uuid := (SELECT c.org_id FROM public.contacts AS c WHERE c.id = NEW.contact_id);
  v_of_deal uuid := (SELECT d.org_id FROM public.deals AS d WHERE d.id = NEW.deal_id);
BEGIN
  NEW.org_id := CASE
    WHEN NEW.contact_id IS NULL AND NEW.deal_id IS NULL THEN salesflow.sole_organization(v_people)
    WHEN NEW.deal_id IS NULL OR v_of_contact = v_of_deal THEN salesflow.organization_of_member(v_of_contact, v_people)
    WHEN NEW.contact_id IS NULL THEN salesflow.organization_of_member(v_of_deal, v_people) END;
  RETURN NEW;
END $$;

DO $$
BEGIN
  IF NOT salesflow.made('table', 'public.deals') THEN
    CALL salesflow.ensure_trigger('public.deals', 'salesflow_fill_org', 'BEFORE INSERT',
      'FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION salesflow.fill_deal_org()');
  END IF;
  IF NOT salesflow.made('table', 'public.tasks') THEN
    CALL salesflow.ensure_trigger('public.tasks', 'salesflow_fill_org', 'BEFORE INSERT',
      'FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION salesflow.fill_task_org()');
  END IF;
END $$;
CALL salesflow.ensure_backfill('public.tasks', true);
CALL salesflow.seal();
