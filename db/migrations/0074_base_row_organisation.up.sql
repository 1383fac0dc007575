-- why: found deals and tasks may have no org_id and are nobody's behind row level security. A writer that goes on
--      leaving it out gets it filled in, as contacts do (0025): the organisation of the contact or deal that the row
--      is about, else the only one of its owner. With none or several it stays NULL rather than wrong.
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

CREATE FUNCTION salesflow.fill_deal_org() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.contact_id IS NOT NULL THEN
    NEW.org_id := (SELECT c.org_id FROM public.contacts AS c WHERE c.id = NEW.contact_id);
  ELSE
    NEW.org_id := salesflow.sole_organization(ARRAY[NEW.owner_id, NEW.created_by]);
  END IF;
  RETURN NEW;
END $$;

-- A task whose contact and deal belong to two organisations belongs to none.
CREATE FUNCTION salesflow.fill_task_org() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_of_contact uuid := (SELECT c.org_id FROM public.contacts AS c WHERE c.id = NEW.contact_id);
  v_of_deal uuid := (SELECT d.org_id FROM public.deals AS d WHERE d.id = NEW.deal_id);
BEGIN
  NEW.org_id := CASE
    WHEN NEW.contact_id IS NOT NULL AND NEW.deal_id IS NOT NULL THEN CASE WHEN v_of_contact = v_of_deal THEN v_of_deal END
    WHEN NEW.contact_id IS NOT NULL THEN v_of_contact
    WHEN NEW.deal_id IS NOT NULL THEN v_of_deal
    ELSE salesflow.sole_organization(ARRAY[NEW.assigned_to, NEW.created_by]) END;
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
