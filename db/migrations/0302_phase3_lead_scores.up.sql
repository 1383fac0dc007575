-- why: a lead's score counts its own messages: those of the lead's id and of contacts that belong to it. One lead, or a
--      batch in one statement: 15 buffers a lead where a loop reads a user's whole history.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: scoring
-- undo: 0302_phase3_lead_scores.down.sql
--
-- Both run with the caller's rights: row level security shows it its own leads, contacts and events. No search_path
-- is set, so that the planner can fold them into the caller's statement; every name is qualified.

-- calculate_lead_event_stats(lead, now) -> one row, counts 0 without events; no row: the lead is not the caller's.
-- Windows are [now - 7 d and now - 14 d, open end); last_event_at and total_events are those of 14 days.
CREATE FUNCTION salesflow_app.calculate_lead_event_stats(p_lead_id uuid, p_now timestamptz DEFAULT now())
RETURNS TABLE (inbound_7d integer, inbound_14d integer, outbound_14d integer, last_event_at timestamptz, total_events integer)
LANGUAGE sql STABLE AS $$
  SELECT sum(n.in7)::integer, sum(n.in14)::integer, sum(n.out14)::integer, max(n.last_event_at), sum(n.total)::integer
  FROM public.leads AS l
  CROSS JOIN LATERAL (SELECT l.id UNION ALL SELECT c.id FROM public.contacts AS c WHERE c.lead_id = l.id AND c.id <> l.id) AS who (id)
  -- Counted id by id, always by its index: where most users have few messages, a join reads all 14 days of a busy one.
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE e.direction = 'inbound' AND e.created_at >= p_now - interval '7 days') AS in7,
           count(*) FILTER (WHERE e.direction = 'inbound') AS in14, count(*) FILTER (WHERE e.direction = 'outbound') AS out14,
           max(e.created_at) AS last_event_at, count(*) AS total
    FROM public.message_events AS e
    WHERE e.user_id = l.user_id AND e.contact_id = who.id AND e.created_at >= p_now - interval '14 days'
  ) AS n
  WHERE l.id = p_lead_id
  GROUP BY l.id
$$;

-- calculate_p_scores(leads, now) -> one row for each of the caller's leads among them, with the parts of the score:
-- 20; + 10 for a message within 7 days; + 10 for each after the first within 14 days, at most 60; at most 40 so far
-- when only we wrote; status and temperature; 0..100. trend against the stored score: 5 or more is up or down.
CREATE FUNCTION salesflow_app.calculate_p_scores(p_lead_ids uuid[], p_now timestamptz DEFAULT now())
RETURNS TABLE (lead_id uuid, p_score integer, trend text, inbound_7d integer, inbound_14d integer, outbound_14d integer,
               last_event_at timestamptz, message_points integer, status_points integer, temperature_points integer, old_score numeric)
LANGUAGE sql STABLE AS $$
  WITH asked AS (
    SELECT l.id, l.user_id, l.p_score AS old_score,
           CASE WHEN coalesce(l.status_key, lower(l.status)) IN ('interested', 'qualified', 'proposal') THEN 15
                WHEN coalesce(l.status_key, lower(l.status)) IN ('ghosting', 'lost', 'inactive') THEN -20 ELSE 0 END AS status_points,
           CASE WHEN l.temperature_score >= 80 THEN 10 WHEN l.temperature_score <= 20 THEN -10 ELSE 0 END AS temperature_points
    FROM public.leads AS l WHERE l.id = ANY (p_lead_ids)
  ), scored AS (
    SELECT a.*, c.in7, c.in14, c.out14, c.last_event_at, m.points,
           least(greatest(m.points + a.status_points + a.temperature_points, 0), 100) AS score
    FROM asked AS a
    -- Lead by lead, each by index: a join of the whole batch is planned for a few rows and grows with its square.
    CROSS JOIN LATERAL (
      SELECT sum(n.in7)::integer AS in7, sum(n.in14)::integer AS in14, sum(n.out14)::integer AS out14,
             max(n.last_event_at) AS last_event_at
      FROM (SELECT a.id UNION ALL SELECT c.id FROM public.contacts AS c WHERE c.lead_id = a.id AND c.id <> a.id) AS who (id)
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE e.direction = 'inbound' AND e.created_at >= p_now - interval '7 days') AS in7,
               count(*) FILTER (WHERE e.direction = 'inbound') AS in14, count(*) FILTER (WHERE e.direction = 'outbound') AS out14,
               max(e.created_at) AS last_event_at
        FROM public.message_events AS e
        WHERE e.user_id = a.user_id AND e.contact_id = who.id AND e.created_at >= p_now - interval '14 days'
      ) AS n
    ) AS c
    CROSS JOIN LATERAL (SELECT CASE WHEN c.out14 > 0 AND c.in14 = 0 THEN 20 ELSE
      20 + CASE WHEN c.in7 >= 1 THEN 10 ELSE 0 END + CASE WHEN c.in14 > 1 THEN least((c.in14 - 1) * 10, 60) ELSE 0 END END AS points) AS m
  )
  SELECT s.id, s.score, CASE WHEN s.score - s.old_score >= 5 THEN 'up' WHEN s.score - s.old_score <= -5 THEN 'down' ELSE 'flat' END,
         s.in7, s.in14, s.out14, s.last_event_at, s.points, s.status_points, s.temperature_points, s.old_score
  FROM scored AS s
$$;
CALL salesflow.publish_function('salesflow_app.calculate_lead_event_stats(uuid, timestamp with time zone)', 'salesflow_owner', 'salesflow_app');
CALL salesflow.publish_function('salesflow_app.calculate_p_scores(uuid[], timestamp with time zone)', 'salesflow_owner', 'salesflow_app');
