-- why: hot leads are chosen and ordered by a lead's score and by its newest verification and intent, and shown with the
--      newest enrichment: read from the tables that is 16 buffers a lead, and every lead of a user is looked at. A narrow
--      row a lead, kept by triggers, answers from one index (docs/decisions/0054).
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on leads, lead_verifications, lead_intents and lead_enrichments while triggers are added, no
--       scan; the backfill lead_hot makes the rows of leads that are there
-- owner: leads
-- undo: 0084_base_lead_hot.down.sql
--
-- A row says what holds for the pair (user, lead): of the lead, if that user has it, and of the newest (created_at, then
-- id) rows of the satellites that are the same user's. Leads without a score and without satellites need none.
--   p_score_key  the lead's, if it is listed: it has a score, and its newest verification says neither a v_score below 60
--                nor that it is a duplicate. NULL: not listed.
--   i_score_key  of the newest intent, -1 without one
--   others       of the newest rows, as they are shown; texts at most 200 characters, since the index holds them
CALL salesflow.ensure_own_table('public.lead_hot', $$
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  p_score_key smallint
  i_score_key smallint NOT NULL DEFAULT -1
  v_score double precision
  i_score double precision
  e_score double precision
  company_name text
  last_activity_at timestamptz
  intent_stage text
  requested_demo boolean NOT NULL DEFAULT false
$$);
CALL salesflow.ensure_constraint('public.lead_hot', 'lead_hot_pkey', 'PRIMARY KEY (user_id, lead_id)');
CALL salesflow.ensure_user_policy('public.lead_hot');
-- Rows are written twice as often as leads and are narrow; index-only reads live of what vacuum has seen.
CALL salesflow.ensure_storage('public.lead_hot', '{fillfactor=80,autovacuum_vacuum_scale_factor=0.02,autovacuum_vacuum_insert_scale_factor=0.02,autovacuum_analyze_scale_factor=0.05}');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.lead_hot', 'salesflow_app');

-- A found text as an instant; NULL where it is none.
CREATE FUNCTION salesflow.time_or_null(p_text text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' AS $$
BEGIN
  RETURN p_text::timestamptz;
EXCEPTION WHEN data_exception OR invalid_text_representation THEN
  RETURN NULL;
END $$;

-- Makes the rows of these pairs what the tables say, seen after whoever was at the same pairs has ended: the first
-- statement waits for them, in the order of the pairs, and the second has a snapshot of its own. It writes each row, also
-- one that stays as it is: a transaction with an older snapshot that comes for the same pair must fail (40001), since it
-- does not see what this one saw. Found columns may have any type, and no writer may fail because of one. A lead is looked
-- up by BETWEEN and ORDER BY, since on an empty table all indexes of a user cost the same (docs/decisions/0038). Planned once and
-- by keys: planning anew for each array costs 1 ms, and a plan of an empty table would read it whole when it is full.
DO $do$
DECLARE
  v_number text := $x$CASE WHEN s.%1$I::text ~ '^-?[0-9]{1,9}(\.[0-9]{1,40})?$' THEN s.%1$I::text::double precision END$x$;
  v_types jsonb := (SELECT jsonb_object_agg(a.attrelid::regclass::text || '.' || a.attname, format_type(a.atttypid, NULL))
                    FROM pg_attribute AS a WHERE a.attnum > 0 AND NOT a.attisdropped
                      AND a.attrelid IN ('public.lead_verifications'::regclass, 'public.lead_intents'::regclass, 'public.lead_enrichments'::regclass));
  v_parts jsonb := '{}';
  v_part record;
BEGIN
  FOR v_part IN
    SELECT c.part, v_types ->> (c.relation::regclass::text || '.' || c.attribute) AS type, c.attribute
    FROM (VALUES ('made_v', 'public.lead_verifications', 'created_at'), ('made_i', 'public.lead_intents', 'created_at'),
                 ('made_e', 'public.lead_enrichments', 'created_at'), ('active', 'public.lead_intents', 'last_activity_at'),
                 ('demo', 'public.lead_intents', 'requested_demo'), ('duplicate', 'public.lead_verifications', 'is_duplicate')) AS c (part, relation, attribute)
  LOOP
    v_parts := v_parts || jsonb_build_object(v_part.part, format(CASE
      WHEN v_part.part IN ('demo', 'duplicate') THEN CASE WHEN v_part.type = 'boolean' THEN 's.%I' ELSE 'lower(s.%I::text) IN (''t'', ''true'', ''yes'', ''on'', ''1'')' END
      WHEN v_part.type = 'timestamp with time zone' THEN 's.%I'
      WHEN v_part.type IN ('timestamp without time zone', 'date') THEN 'timezone(''UTC'', s.%I::timestamp)'
      ELSE 'salesflow.time_or_null(s.%I::text)' END, v_part.attribute));
  END LOOP;
  -- What can be NULL comes last; where nothing can, the order is that of the index.
  FOR v_part IN SELECT p.name, p.relation FROM (VALUES ('made_v', 'public.lead_verifications'), ('made_i', 'public.lead_intents'), ('made_e', 'public.lead_enrichments')) AS p (name, relation) LOOP
    v_parts := jsonb_set(v_parts, ARRAY[v_part.name], to_jsonb((v_parts ->> v_part.name) ||
      CASE WHEN salesflow.made('table', v_part.relation) THEN ' DESC' ELSE ' DESC NULLS LAST' END));
  END LOOP;
  EXECUTE format($f$
CREATE FUNCTION salesflow.refresh_lead_hot(p_users uuid[], p_leads uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $b$
DECLARE
  v_gone boolean;
BEGIN
  INSERT INTO public.lead_hot AS h (user_id, lead_id)
  SELECT DISTINCT p.user_id, p.lead_id FROM unnest(p_users, p_leads) AS p (user_id, lead_id)
  WHERE p.user_id IS NOT NULL AND p.lead_id IS NOT NULL ORDER BY 1, 2
  ON CONFLICT (user_id, lead_id) DO UPDATE SET i_score_key = h.i_score_key WHERE false;
  WITH written AS (
  UPDATE public.lead_hot AS h
  SET p_score_key = n.p_score_key, i_score_key = n.i_score_key, v_score = n.v_score, i_score = n.i_score, e_score = n.e_score,
      company_name = n.company_name, last_activity_at = n.last_activity_at, intent_stage = n.intent_stage, requested_demo = n.requested_demo
  FROM (
    SELECT p.user_id, p.lead_id, l.id IS NULL AS gone,
           CASE WHEN v.is_duplicate IS NOT TRUE AND (v.v_score_key IS NULL OR v.v_score_key >= 6000) THEN l.p_score_key END AS p_score_key,
           coalesce(i.i_score_key, -1) AS i_score_key, v.v_score, i.i_score, e.e_score, e.company_name, i.last_activity_at, i.intent_stage,
           coalesce(i.requested_demo, false) AS requested_demo
    FROM unnest(p_users, p_leads) AS p (user_id, lead_id)
    LEFT JOIN LATERAL (
      SELECT k.id, k.p_score_key FROM public.leads AS k WHERE k.user_id = p.user_id AND k.id BETWEEN p.lead_id AND p.lead_id ORDER BY k.id LIMIT 1) AS l ON true
    LEFT JOIN LATERAL (
      SELECT s.v_score_key, %1$s AS v_score, %4$s AS is_duplicate FROM public.lead_verifications AS s
      WHERE s.user_id = p.user_id AND s.lead_id = p.lead_id ORDER BY %7$s, s.id DESC LIMIT 1) AS v ON l.id IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT s.i_score_key, %2$s AS i_score, %5$s AS last_activity_at, left(s.intent_stage::text, 200) AS intent_stage, %6$s AS requested_demo
      FROM public.lead_intents AS s
      WHERE s.user_id = p.user_id AND s.lead_id = p.lead_id ORDER BY %8$s, s.id DESC LIMIT 1) AS i ON l.id IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT %3$s AS e_score, left(s.company_name::text, 200) AS company_name FROM public.lead_enrichments AS s
      WHERE s.user_id = p.user_id AND s.lead_id = p.lead_id ORDER BY %9$s, s.id DESC LIMIT 1) AS e ON l.id IS NOT NULL
  ) AS n
  WHERE h.user_id = n.user_id AND h.lead_id = n.lead_id
  RETURNING n.gone
  )
  SELECT bool_or(w.gone) INTO v_gone FROM written AS w;
  -- Of a lead that the user does not have (any more) nothing is left.
  IF v_gone THEN
    DELETE FROM public.lead_hot AS h USING unnest(p_users, p_leads) AS p (user_id, lead_id)
    WHERE h.user_id = p.user_id AND h.lead_id = p.lead_id
      AND NOT EXISTS (SELECT FROM public.leads AS l WHERE l.user_id = p.user_id AND l.id = p.lead_id);
  END IF;
END $b$ $f$, format(v_number, 'v_score'), format(v_number, 'i_score'), format(v_number, 'e_score'), v_parts ->> 'duplicate', v_parts ->> 'active',
    v_parts ->> 'demo', v_parts ->> 'made_v', v_parts ->> 'made_i', v_parts ->> 'made_e');
END $do$;

-- The triggers' functions, one a table: they differ in what of a row counts. Pairs whose rows changed in nothing that
-- counts are left alone.
DO $do$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT * FROM (VALUES
      ('leads', 't.user_id, t.id, t.p_score_key', ' WHERE t.p_score_key IS NOT NULL'),
      ('lead_verifications', 't.user_id, t.lead_id, t.id, t.created_at::text, t.v_score_key, t.v_score::text, t.is_duplicate::text', ''),
      ('lead_intents', 't.user_id, t.lead_id, t.id, t.created_at::text, t.i_score_key, t.i_score::text, t.last_activity_at::text, t.intent_stage::text, t.requested_demo::text', ''),
      ('lead_enrichments', 't.user_id, t.lead_id, t.id, t.created_at::text, t.e_score::text, t.company_name::text', '')) AS s (name, counts, inserted)
  LOOP
    EXECUTE format($f$
CREATE FUNCTION salesflow.%1$I() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $b$
DECLARE
  v_users uuid[];
  v_leads uuid[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(t.user_id), array_agg(t.%2$I) INTO v_users, v_leads FROM added AS t%4$s;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(t.user_id), array_agg(t.%2$I) INTO v_users, v_leads FROM removed AS t;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT array_agg(d.user_id), array_agg(d.%2$I) INTO v_users, v_leads
    FROM (SELECT DISTINCT c.user_id, c.%2$I
          FROM ((SELECT %3$s FROM removed AS t EXCEPT SELECT %3$s FROM added AS t)
                UNION ALL (SELECT %3$s FROM added AS t EXCEPT SELECT %3$s FROM removed AS t)) AS c) AS d;
  ELSE
    %5$s;
  END IF;
  IF v_users IS NOT NULL THEN
    PERFORM salesflow.refresh_lead_hot(v_users, v_leads);
  END IF;
  RETURN NULL;
END $b$ $f$, 'follow_hot_' || v.name, CASE WHEN v.name = 'leads' THEN 'id' ELSE 'lead_id' END, v.counts, v.inserted,
    -- A transaction with an older snapshot does not see all rows there are.
    CASE WHEN v.name = 'leads' THEN 'IF current_setting(''transaction_isolation'') = ''read committed'' THEN DELETE FROM public.lead_hot; ELSE TRUNCATE public.lead_hot; END IF'
         ELSE 'SELECT array_agg(h.user_id), array_agg(h.lead_id) INTO v_users, v_leads FROM public.lead_hot AS h' END);
    CALL salesflow.ensure_trigger('public.' || v.name, 'salesflow_hot_insert', 'AFTER INSERT', format(
      'REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', 'follow_hot_' || v.name));
    CALL salesflow.ensure_trigger('public.' || v.name, 'salesflow_hot_update', 'AFTER UPDATE', format(
      'REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', 'follow_hot_' || v.name));
    CALL salesflow.ensure_trigger('public.' || v.name, 'salesflow_hot_delete', 'AFTER DELETE', format(
      'REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', 'follow_hot_' || v.name));
    CALL salesflow.ensure_trigger('public.' || v.name, 'salesflow_hot_truncate', 'AFTER TRUNCATE', format(
      'FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I()', 'follow_hot_' || v.name));
  END LOOP;
END $do$;
CALL salesflow.seal();
