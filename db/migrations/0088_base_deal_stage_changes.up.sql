-- why: how deals go from stage to stage, and how long they stay in one, is known only from what they were before. Each
--      change of a deal's stage is a row here, whoever writes the deal.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on deals while triggers are added; no row is read or changed
-- owner: deals
-- undo: 0088_base_deal_stage_changes.down.sql
--
-- Every deal of an organisation has one first row, with the deal's id as its own, and one row for each change after it:
--   made     from_stage NULL: the deal began in to_stage
--   seen     from_stage = to_stage: the deal was there, in this stage; what was before is not known. A deal that comes
--            with a past (an import: it entered its stage after it was made), one that was there before this table, or one
--            that had no organisation
--   changed  from one stage to another. entered_at: when it had come into from_stage, as the deal says
-- So the newest `seen` of an organisation is the moment from which the history of all its deals is complete.
--   is_told       the row was not written with the change, but comes from an activity (db/backfills/deals_stage_history.sql)
--   value         in this moment; NULL where it is not a number or not known, as currency
--   changed_by    who the service was asked by; NULL: somebody outside of it
-- The history is the deal's: it goes with the deal to another organisation, and is deleted with it. Figures are those of the
-- deals that there are, as everywhere else.
CALL salesflow.ensure_own_table('public.deal_stage_changes', $$
  org_id uuid NOT NULL
  deal_id uuid NOT NULL
  id uuid NOT NULL DEFAULT gen_random_uuid()
  changed_at timestamptz NOT NULL
  pipeline text NOT NULL
  from_stage text
  to_stage text NOT NULL
  entered_at timestamptz
  changed_by uuid
  value numeric
  currency text
  is_told boolean NOT NULL DEFAULT false
$$);
CALL salesflow.ensure_constraint('public.deal_stage_changes', 'deal_stage_changes_pkey', 'PRIMARY KEY (org_id, deal_id, id)');
CALL salesflow.ensure_index('public.deal_stage_changes', 'deal_stage_changes_org_changed_idx',
  '(org_id, changed_at) INCLUDE (from_stage, to_stage, pipeline, entered_at)');
CALL salesflow.ensure_index('public.deal_stage_changes', 'deal_stage_changes_org_seen_idx', '(org_id, changed_at) WHERE from_stage = to_stage');
CALL salesflow.ensure_org_policy('public.deal_stage_changes');
CALL salesflow.ensure_outbox('public.deal_stage_changes', NULL, 'org_id', 'deal_id');
-- Triggers write, nobody else.
CALL salesflow.ensure_grant('SELECT', 'TABLE public.deal_stage_changes', 'salesflow_app');

-- Found columns may be of another type. What is no time is not known; what is no number is none.
DO $do$
DECLARE
  v_at text[] := ARRAY(
    SELECT CASE WHEN a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN format('d.%I::timestamptz', c.name)
                ELSE 'NULL::timestamptz' END
    FROM unnest('{stage_entered_at,created_at}'::text[]) WITH ORDINALITY AS c (name, nr)
    LEFT JOIN pg_attribute AS a ON a.attrelid = 'public.deals'::regclass AND a.attname = c.name AND NOT a.attisdropped ORDER BY c.nr);
  v_values text := $v$coalesce(nullif(d.pipeline::text, ''), 'default') AS pipeline, coalesce(d.stage::text, 'new') AS stage,
           CASE WHEN d.value::numeric > '-Infinity' AND d.value::numeric < 'Infinity' THEN d.value::numeric END AS value, d.currency::text AS currency$v$;
BEGIN
  EXECUTE format($f$
CREATE FUNCTION salesflow.note_new_deals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $b$
BEGIN
  INSERT INTO public.deal_stage_changes (org_id, deal_id, id, changed_at, pipeline, from_stage, to_stage, changed_by, value, currency)
  SELECT n.org_id, n.id, n.id, n.entered_at, n.pipeline, CASE WHEN n.made_at < n.entered_at THEN n.stage END, n.stage, salesflow.caller_id(), n.value, n.currency
  FROM (SELECT d.org_id, d.id, least(coalesce(%1$s, now()), now()) AS entered_at, %2$s AS made_at, %3$s
        FROM added AS d WHERE d.org_id IS NOT NULL) AS n;
  RETURN NULL;
END $b$ $f$, v_at[1], v_at[2], v_values);

  EXECUTE format($f$
CREATE FUNCTION salesflow.note_deal_stage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $b$
BEGIN
  IF OLD.org_id IS NULL THEN
    INSERT INTO public.deal_stage_changes (org_id, deal_id, id, changed_at, pipeline, from_stage, to_stage, changed_by, value, currency)
    SELECT NEW.org_id, NEW.id, NEW.id, now(), n.pipeline, n.stage, n.stage, salesflow.caller_id(), n.value, n.currency
    FROM (SELECT %1$s FROM (SELECT (NEW).*) AS d) AS n WHERE NEW.org_id IS NOT NULL;
    RETURN NULL;
  ELSIF NEW.org_id IS NULL THEN
    DELETE FROM public.deal_stage_changes AS c WHERE c.org_id = OLD.org_id AND c.deal_id = OLD.id;
    RETURN NULL;
  ELSIF OLD.org_id <> NEW.org_id OR OLD.id <> NEW.id THEN
    UPDATE public.deal_stage_changes AS c SET org_id = NEW.org_id, deal_id = NEW.id, id = CASE c.id WHEN OLD.id THEN NEW.id ELSE c.id END
    WHERE c.org_id = OLD.org_id AND c.deal_id = OLD.id;
  END IF;
  INSERT INTO public.deal_stage_changes (org_id, deal_id, changed_at, pipeline, from_stage, to_stage, entered_at, changed_by, value, currency)
  SELECT NEW.org_id, NEW.id, now(), n.pipeline, n.before, n.stage, n.entered_at, salesflow.caller_id(), n.value, n.currency
  FROM (SELECT %1$s, coalesce(o.before, 'new') AS before, o.entered_at
        FROM (SELECT (NEW).*) AS d, (SELECT d.stage::text AS before, %2$s AS entered_at FROM (SELECT (OLD).*) AS d) AS o) AS n
  WHERE n.before <> n.stage;
  RETURN NULL;
END $b$ $f$, v_values, v_at[1]);
END $do$;

-- Whom the service acts for in this transaction; NULL outside of it.
CREATE FUNCTION salesflow.caller_id() RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN current_setting('app.user_id', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN current_setting('app.user_id', true)::uuid END
$$;

CREATE FUNCTION salesflow.forget_deal_stages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM public.deal_stage_changes AS c USING removed AS d WHERE c.org_id = d.org_id AND c.deal_id = d.id;
  ELSIF current_setting('transaction_isolation') = 'read committed' THEN
    DELETE FROM public.deal_stage_changes;
  ELSE
    -- This transaction does not see all that was written before the deals were emptied.
    TRUNCATE public.deal_stage_changes;
  END IF;
  RETURN NULL;
END $$;

CALL salesflow.ensure_trigger('public.deals', 'salesflow_stages_insert', 'AFTER INSERT',
  'REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.note_new_deals()');
-- Other updates pay nothing.
CALL salesflow.ensure_trigger('public.deals', 'salesflow_stages_update', 'AFTER UPDATE',
  'FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage OR OLD.org_id IS DISTINCT FROM NEW.org_id OR OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION salesflow.note_deal_stage()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_stages_delete', 'AFTER DELETE',
  'REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.forget_deal_stages()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_stages_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT EXECUTE FUNCTION salesflow.forget_deal_stages()');

-- From when on the history of an organisation's deals is complete; NULL: all of it. While deals that were there before are
-- still to be looked at (the backfill), now.
CREATE FUNCTION salesflow.stages_known_since(p_org_id uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_org_id IS DISTINCT FROM nullif(current_setting('app.org_id', true), '')::uuid THEN NULL
    WHEN NOT EXISTS (SELECT FROM salesflow.backfills AS b WHERE b.name = 'deals_stage_history' AND b.finished_at IS NOT NULL) THEN now()
    ELSE (SELECT max(c.changed_at) FROM public.deal_stage_changes AS c WHERE c.org_id = p_org_id AND c.from_stage = c.to_stage) END
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.stages_known_since(uuid)', 'salesflow_app');
