-- why: events and feedback belong to a user; reports of a team sum them by organisation. The service writes org_id
--      itself; for a writer that does not know the column it is filled in: the organisation of the request, else the
--      user's only one. With several it stays NULL rather than wrong.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on message_events, rlhf_feedback_sessions and contacts while triggers are added
-- owner: events
-- undo: 0025_base_event_organisation.down.sql
--
-- SECURITY DEFINER: a writer may not read memberships. With org_id given the trigger costs its WHEN alone.
CREATE FUNCTION salesflow.fill_org() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.user_id::text = current_setting('app.user_id', true) THEN
    NEW.org_id := nullif(current_setting('app.org_id', true), '')::uuid;
  END IF;
  IF NEW.org_id IS NULL THEN
    NEW.org_id := (SELECT CASE WHEN count(*) = 1 THEN (array_agg(m.org_id))[1] END
                   FROM public.org_members AS m WHERE m.user_id = NEW.user_id);
  END IF;
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.message_events', 'salesflow_fill_org', 'BEFORE INSERT',
  'FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION salesflow.fill_org()');
CALL salesflow.ensure_trigger('public.rlhf_feedback_sessions', 'salesflow_fill_org', 'BEFORE INSERT',
  'FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION salesflow.fill_org()');
CALL salesflow.ensure_backfill('public.message_events', false);
CALL salesflow.ensure_backfill('public.rlhf_feedback_sessions', false);

-- Found contacts may belong to a user (column user_id): then each side's writers get the other's tenant filled in.
CREATE FUNCTION salesflow.fill_contact_user() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.user_id := coalesce(NEW.owner_id, NEW.created_by, nullif(current_setting('app.user_id', true), '')::uuid);
  RETURN NEW;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.contacts'::regclass AND attname = 'user_id' AND NOT attisdropped) THEN
    CALL salesflow.ensure_trigger('public.contacts', 'salesflow_fill_user', 'BEFORE INSERT',
      'FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION salesflow.fill_contact_user()');
    CALL salesflow.ensure_trigger('public.contacts', 'salesflow_fill_user_org', 'BEFORE INSERT',
      'FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION salesflow.fill_org()');
  END IF;
END $$;
CALL salesflow.seal();
