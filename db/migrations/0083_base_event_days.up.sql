-- why: figures of templates and channels are read by day, for any period and time zone, exact at every instant; replies
--      and first and last use are no sums (docs/decisions/0047, 0048).
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on message_events while triggers are added, without a scan; then it is read once, beside its
--       writers
-- owner: analytics
-- undo: 0083_base_event_days.down.sql
--
-- A day is a day in UTC. Messages without a time or outside of the years 1 to 9999 stand nowhere.
-- answerable: outbound to a contact, not skipped.
-- A reply: the next message with a contact, skipped ones left out, is inbound and at most 30 days younger. At the same
-- instant the inbound message stands first: it answers only what came before it. Messages of one user, contact and
-- organisation are one conversation, so what is written in one organisation changes no figure of another.
-- Rows of a day are written together and in the order of their key, so that a read of 30 days turns few pages.
-- delay_class: 1 within an hour, 2 a day, 3 three days, 4 seven days, 5 thirty days.
CALL salesflow.ensure_invalidation_log('event_invalidations', 'public.message_events', p_keys => $$
    user_id uuid = r.user_id
    org_id uuid = r.org_id
    contact_id uuid = r.contact_id
    day date = pg_catalog.timezone('UTC', r.created_at)::pg_catalog.date
  $$,
  p_where => $$r.created_at OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00'::pg_catalog.timestamptz AND r.created_at OPERATOR(pg_catalog.<) '9999-12-31 00:00:00+00'::pg_catalog.timestamptz$$,
  p_watched => $$
    r.id
    r.created_at
    r.channel
    r.direction
    r.autopilot_status
    r.template_version
    r.persona_variant
  $$);
DO $do$
DECLARE
  v_tenant text;
  v_rows text := $q$
    FROM :keys AS k
    JOIN public.message_events AS e ON e.%1$I = k.%1$I AND e.created_at >= timezone('UTC', k.day::timestamp)
                                   AND e.created_at < timezone('UTC', (k.day + 1)::timestamp)$q$;
BEGIN
  FOREACH v_tenant IN ARRAY '{user_id,org_id}'::text[] LOOP
    CALL salesflow.ensure_summary(replace(v_tenant, '_id', '_') || 'message_days', 'event_invalidations', ARRAY[v_tenant, 'day'], format($c$
        %I uuid NOT NULL
        day date NOT NULL
        channel text
        direction text
        autopilot_status text
        messages bigint NOT NULL
        answerable bigint NOT NULL
      $c$, v_tenant), ARRAY[v_tenant, 'day', 'channel', 'direction', 'autopilot_status'], format($q$
        SELECT k.%1$I, k.day, e.channel::text, e.direction::text, e.autopilot_status::text, count(*),
               count(e.contact_id) FILTER (WHERE e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped')$q$ || v_rows || $q$
        GROUP BY k.%1$I, k.day, e.channel::text, e.direction::text, e.autopilot_status::text
        ORDER BY k.%1$I, k.day, e.channel::text, e.direction::text, e.autopilot_status::text
      $q$, v_tenant));
    CALL salesflow.ensure_summary(replace(v_tenant, '_id', '_') || 'template_days', 'event_invalidations', ARRAY[v_tenant, 'day'], format($c$
        %I uuid NOT NULL
        day date NOT NULL
        template_version text NOT NULL
        persona_variant text
        channel text
        total bigint NOT NULL
        sent bigint NOT NULL
        approved bigint NOT NULL
        skipped bigint NOT NULL
        answerable bigint NOT NULL
        first_at timestamptz NOT NULL
        last_at timestamptz NOT NULL
      $c$, v_tenant), ARRAY[v_tenant, 'day', 'template_version', 'persona_variant', 'channel'], format($q$
        SELECT k.%1$I, k.day, left(e.template_version::text, 200), left(e.persona_variant::text, 200), e.channel::text, count(*),
               count(*) FILTER (WHERE e.autopilot_status = 'sent'), count(*) FILTER (WHERE e.autopilot_status = 'approved'),
               count(*) FILTER (WHERE e.autopilot_status = 'skipped'),
               count(e.contact_id) FILTER (WHERE e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped'),
               min(e.created_at), max(e.created_at)$q$ || v_rows || $q$
        WHERE e.template_version IS NOT NULL
        GROUP BY k.%1$I, k.day, left(e.template_version::text, 200), left(e.persona_variant::text, 200), e.channel::text
        ORDER BY k.%1$I, k.day, left(e.template_version::text, 200), left(e.persona_variant::text, 200), e.channel::text
      $q$, v_tenant));
  END LOOP;
END $do$;
CALL salesflow.ensure_summary('message_replies', 'event_invalidations', '{user_id,contact_id}', $$
    user_id uuid NOT NULL
    contact_id uuid NOT NULL
    outbound_id uuid NOT NULL
    org_id uuid
    day date NOT NULL
    sent_at timestamptz NOT NULL
    template_version text
    persona_variant text
    channel text
    delay_class smallint NOT NULL
  $$, '{user_id,contact_id,outbound_id}', $$
    SELECT c.user_id, c.contact_id, c.id, c.org_id, timezone('UTC', c.created_at)::date, c.created_at, c.template_version, c.persona_variant, c.channel,
           (CASE WHEN c.delay <= interval '1 hour' THEN 1 WHEN c.delay <= interval '1 day' THEN 2 WHEN c.delay <= interval '3 days' THEN 3
                 WHEN c.delay <= interval '7 days' THEN 4 ELSE 5 END)::smallint
    FROM (SELECT k.user_id, k.contact_id, e.id, e.org_id, e.created_at, left(e.template_version::text, 200) AS template_version,
                 left(e.persona_variant::text, 200) AS persona_variant, e.channel::text AS channel, e.direction,
                 lead(e.direction) OVER w AS next_direction, lead(e.created_at) OVER w - e.created_at AS delay
          FROM :keys AS k
          JOIN public.message_events AS e ON e.user_id = k.user_id AND e.contact_id = k.contact_id
          WHERE (e.direction = 'inbound' OR e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped')
            AND e.created_at >= '0001-01-01 00:00:00+00' AND e.created_at < '9999-12-31 00:00:00+00'
          WINDOW w AS (PARTITION BY k.user_id, k.contact_id, e.org_id ORDER BY e.created_at, e.direction::text COLLATE "C", e.id)) AS c
    WHERE c.direction = 'outbound' AND c.next_direction = 'inbound' AND c.delay <= interval '30 days'
  $$);
-- A period's edges and the contacts in the log are corrected from single replies.
CALL salesflow.ensure_index('public.message_replies', 'message_replies_user_sent', '(user_id, sent_at)');
CALL salesflow.ensure_index('public.message_replies', 'message_replies_org_sent', '(org_id, sent_at)');
CALL salesflow.ensure_rollup('reply_days', 'public.message_replies', '{user_id,org_id}', p_keys => $$
    day date = r.day
    template_version text = r.template_version
    persona_variant text = r.persona_variant
    channel text = r.channel
  $$, p_measures => $$
    replies_1h = count(*) FILTER (WHERE r.delay_class <= 1)
    replies_1d = count(*) FILTER (WHERE r.delay_class <= 2)
    replies_3d = count(*) FILTER (WHERE r.delay_class <= 3)
    replies_7d = count(*) FILTER (WHERE r.delay_class <= 4)
    replies_30d = count(*)
  $$);
-- What an organisation's colleagues wrote and were answered, without texts; with the owner's rights, of the request's organisation.
DO $do$
DECLARE
  v_wall text := $q$ WHERE org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)$q$;
  v_view text[];
BEGIN
  FOREACH v_view SLICE 1 IN ARRAY ARRAY[
    ['public.our_message_rows', 'SELECT id, org_id, user_id, contact_id, created_at, channel, direction, autopilot_status, template_version, persona_variant FROM public.message_events'],
    ['public.our_message_replies', 'SELECT org_id, user_id, contact_id, outbound_id, day, sent_at, template_version, persona_variant, channel, delay_class FROM public.message_replies']] LOOP
    CONTINUE WHEN salesflow.made('view', v_view[1]);
    EXECUTE format('CREATE VIEW %s WITH (security_barrier = true) AS %s', v_view[1], v_view[2] || v_wall);
    CALL salesflow.record('view', v_view[1], format('DROP VIEW %s', v_view[1]));
    CALL salesflow.close_relation(v_view[1]);
    CALL salesflow.ensure_grant('SELECT', 'TABLE ' || v_view[1], 'salesflow_app');
  END LOOP;
END $do$;
CALL salesflow.make_refresh('event_invalidations');
CALL salesflow.invalidate('event_invalidations');
