-- why: the dashboard reads a row a day, in any time zone, with exact numbers of different people: sums by quarter hour and
--      first and last activity of each person, packed (docs/decisions/0050).
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on rlhf_feedback_sessions while triggers are added, without a scan; then it is read once, beside
--       its writers
-- owner: analytics
-- undo: 0082_base_session_days.down.sql
--
-- A day is a day in UTC. Numbers are big-endian, and as wide as the day's largest needs. quarters: a byte with the width of
-- counts, one with that of rewards, and for each quarter hour with sessions, in order: 1 byte which of the day's 96, then
-- sessions, conversions, positive replies, sessions with a reward, and with its sign the sum of rewards in 1/10,000.
-- people: a byte with the width of numbers, and for each user with sessions: its number in org_session_users, 1 byte first
-- and 1 byte last quarter hour.
-- A reward is read with four decimals, within a thousand million; NULL, NaN and the infinities are none. Sessions without
-- a time or outside of the years 1 to 9999 stand in no day. user_strategy_days counts those with an outcome, by what the
-- response was about.
CALL salesflow.ensure_own_table('public.org_session_users', $$
  org_id uuid NOT NULL
  user_id uuid NOT NULL
  number integer NOT NULL
$$);
CALL salesflow.ensure_constraint('public.org_session_users', 'org_session_users_key', 'PRIMARY KEY (org_id, user_id)');
CALL salesflow.ensure_org_policy('public.org_session_users');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.org_session_users', 'salesflow_app');
CALL salesflow.ensure_invalidation_log('session_invalidations', 'public.rlhf_feedback_sessions', p_keys => $$
    user_id uuid = r.user_id
    org_id uuid = r.org_id
    day date = pg_catalog.timezone('UTC', r.created_at)::pg_catalog.date
  $$,
  p_where => $$r.created_at OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00'::pg_catalog.timestamptz AND r.created_at OPERATOR(pg_catalog.<) '9999-12-31 00:00:00+00'::pg_catalog.timestamptz$$,
  p_watched => $$
    r.id
    r.created_at
    r.outcome
    r.composite_reward
    r.user_rating
    r.input_context
  $$,
  p_prepare => $$
    INSERT INTO public.org_session_users (org_id, user_id, number)
    SELECT n.org_id, n.user_id, coalesce((SELECT max(m.number) FROM public.org_session_users AS m WHERE m.org_id = n.org_id), -1)
                                + row_number() OVER (PARTITION BY n.org_id ORDER BY n.user_id)
    FROM (SELECT DISTINCT t.org_id, t.user_id FROM unnest(v_taken) AS t WHERE t.org_id IS NOT NULL AND t.user_id IS NOT NULL) AS n
    WHERE NOT EXISTS (SELECT FROM public.org_session_users AS m WHERE m.org_id = n.org_id AND m.user_id = n.user_id)
  $$);
CALL salesflow.ensure_summary('user_session_days', 'session_invalidations', '{user_id,day}', $$
    user_id uuid NOT NULL
    day date NOT NULL
    quarters bytea NOT NULL
  $$, '{user_id,day}', $$
    SELECT k.user_id, k.day, d.quarters
    FROM :keys AS k
    CROSS JOIN LATERAL (
      SELECT substr(int2send(max(q.width)), 2) || substr(int2send(max(q.reward_width)), 2)
             || string_agg(substr(int2send(q.quarter), 2) || substr(int4send(q.sessions), 5 - q.width) || substr(int4send(q.conversions), 5 - q.width)
                           || substr(int4send(q.positive_replies), 5 - q.width) || substr(int4send(q.rewarded), 5 - q.width)
                           || substr(int8send(q.reward), 9 - q.reward_width), '' ORDER BY q.quarter) AS quarters
      FROM (SELECT g.*, (CASE WHEN max(g.sessions) OVER () < 256 THEN 1 WHEN max(g.sessions) OVER () < 65536 THEN 2 ELSE 4 END)::smallint AS width,
                    (CASE WHEN max(abs(g.reward)) OVER () < 128 THEN 1 WHEN max(abs(g.reward)) OVER () < 32768 THEN 2
                          WHEN max(abs(g.reward)) OVER () < 8388608 THEN 3 WHEN max(abs(g.reward)) OVER () < 2147483648 THEN 4 ELSE 8 END)::smallint AS reward_width
            FROM (SELECT r.quarter, count(*)::integer AS sessions, count(*) FILTER (WHERE r.outcome = 'converted')::integer AS conversions,
                   count(*) FILTER (WHERE r.outcome = 'positive_reply')::integer AS positive_replies, count(r.reward)::integer AS rewarded,
                   coalesce(sum(r.reward), 0)::bigint AS reward
            FROM (SELECT (extract(hour FROM timezone('UTC', s.created_at)) * 4 + extract(minute FROM timezone('UTC', s.created_at))::integer / 15)::smallint AS quarter,
                         s.outcome::text AS outcome,
                         CASE WHEN s.composite_reward::numeric > '-Infinity' AND s.composite_reward::numeric < 'Infinity'
                              THEN round(least(greatest(s.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END AS reward
                  FROM public.rlhf_feedback_sessions AS s
                  WHERE s.user_id = k.user_id AND s.created_at >= timezone('UTC', k.day::timestamp) AND s.created_at < timezone('UTC', (k.day + 1)::timestamp)) AS r
            GROUP BY r.quarter) AS g) AS q
    ) AS d WHERE d.quarters IS NOT NULL
  $$);
CALL salesflow.ensure_summary('org_session_days', 'session_invalidations', '{org_id,day}', $$
    org_id uuid NOT NULL
    day date NOT NULL
    quarters bytea NOT NULL
    people bytea
  $$, '{org_id,day}', $$
    SELECT k.org_id, k.day, d.quarters, d.people
    FROM :keys AS k
    CROSS JOIN LATERAL (
      WITH r AS MATERIALIZED (
        SELECT s.user_id, (extract(hour FROM timezone('UTC', s.created_at)) * 4 + extract(minute FROM timezone('UTC', s.created_at))::integer / 15)::smallint AS quarter,
               s.outcome::text AS outcome,
               CASE WHEN s.composite_reward::numeric > '-Infinity' AND s.composite_reward::numeric < 'Infinity'
                    THEN round(least(greatest(s.composite_reward::numeric, -1000000000), 1000000000) * 10000)::bigint END AS reward
        FROM public.rlhf_feedback_sessions AS s
        WHERE s.org_id = k.org_id AND s.created_at >= timezone('UTC', k.day::timestamp) AND s.created_at < timezone('UTC', (k.day + 1)::timestamp)
      )
      SELECT (SELECT substr(int2send(max(q.width)), 2) || substr(int2send(max(q.reward_width)), 2)
                     || string_agg(substr(int2send(q.quarter), 2) || substr(int4send(q.sessions), 5 - q.width) || substr(int4send(q.conversions), 5 - q.width)
                                   || substr(int4send(q.positive_replies), 5 - q.width) || substr(int4send(q.rewarded), 5 - q.width)
                                   || substr(int8send(q.reward), 9 - q.reward_width), '' ORDER BY q.quarter)
              FROM (SELECT g.*, (CASE WHEN max(g.sessions) OVER () < 256 THEN 1 WHEN max(g.sessions) OVER () < 65536 THEN 2 ELSE 4 END)::smallint AS width,
                            (CASE WHEN max(abs(g.reward)) OVER () < 128 THEN 1 WHEN max(abs(g.reward)) OVER () < 32768 THEN 2
                                  WHEN max(abs(g.reward)) OVER () < 8388608 THEN 3 WHEN max(abs(g.reward)) OVER () < 2147483648 THEN 4 ELSE 8 END)::smallint AS reward_width
                    FROM (SELECT r.quarter, count(*)::integer AS sessions, count(*) FILTER (WHERE r.outcome = 'converted')::integer AS conversions,
                           count(*) FILTER (WHERE r.outcome = 'positive_reply')::integer AS positive_replies, count(r.reward)::integer AS rewarded,
                           coalesce(sum(r.reward), 0)::bigint AS reward
                    FROM r GROUP BY r.quarter) AS g) AS q) AS quarters,
             (SELECT substr(int2send(max(p.width)), 2)
                     || string_agg(substr(int4send(p.number), 5 - p.width) || int2send((p.first * 256 + p.last)::smallint), '' ORDER BY p.number)
              FROM (SELECT m.number, min(r.quarter) AS first, max(r.quarter) AS last,
                           (CASE WHEN max(m.number) OVER () < 256 THEN 1 WHEN max(m.number) OVER () < 65536 THEN 2 ELSE 4 END)::smallint AS width
                    FROM r JOIN public.org_session_users AS m ON m.org_id = k.org_id AND m.user_id = r.user_id GROUP BY m.number) AS p) AS people
    ) AS d WHERE d.quarters IS NOT NULL
  $$);
-- Left as they are: unpacking costs a read of 30 days more than all else, and what does not fit into a page goes out of line.
CALL salesflow.ensure_storage('public.user_session_days', '{toast_tuple_target=8160}');
CALL salesflow.ensure_storage('public.org_session_days', '{toast_tuple_target=8160}');
CALL salesflow.ensure_summary('user_strategy_days', 'session_invalidations', '{user_id,day}', $$
    user_id uuid NOT NULL
    day date NOT NULL
    outcome text NOT NULL
    strategy text NOT NULL
    sessions bigint NOT NULL
    rated bigint NOT NULL
    rating bigint NOT NULL
  $$, '{user_id,day,outcome,strategy}', $$
    SELECT k.user_id, k.day, r.outcome, r.strategy, count(*) AS sessions, count(r.rating) AS rated, coalesce(sum(r.rating), 0)::bigint AS rating
    FROM :keys AS k
    CROSS JOIN LATERAL (
      SELECT left(s.outcome::text, 50) AS outcome, left(coalesce(nullif(s.input_context ->> 'objection_category', ''), 'general'), 200) AS strategy, s.user_rating AS rating
      FROM public.rlhf_feedback_sessions AS s
      WHERE s.user_id = k.user_id AND s.created_at >= timezone('UTC', k.day::timestamp) AND s.created_at < timezone('UTC', (k.day + 1)::timestamp)
        AND s.outcome IS NOT NULL
    ) AS r
    GROUP BY k.user_id, k.day, r.outcome, r.strategy
  $$);
CALL salesflow.make_refresh('session_invalidations');
CALL salesflow.invalidate('session_invalidations');
