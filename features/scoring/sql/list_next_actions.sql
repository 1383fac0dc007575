-- Reads what the next best actions of the user's best leads follow from: scores, and their newest 20 messages of 14 days.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 at timestamptz | $4 limit_rows int8
-- rows:     lead_id uuid | name text? | p_score float8? | status text? | inbound_count int4 | outbound_count int4 |
--           last_event_at timestamptz? | last_channel text?
-- index:    idx_leads_p_score_scored_at, idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    leads, contacts, message_events
-- clock:    bounded
-- sorts:    20 messages of each lead
-- timeout:  2 s
-- budget:   20 + 30 * rows
-- note:     leads with a score, the best first; then the newest without one.
SELECT l.id AS lead_id, l.name, l.p_score::float8 AS p_score, l.status, e.inbound_count, e.outbound_count, e.last_event_at, e.last_channel
FROM (SELECT s.id, s.name, s.p_score, s.status
      FROM (SELECT r.id, r.name, r.p_score, r.status FROM leads AS r WHERE r.user_id = $1 AND r.p_score_key IS NOT NULL
            ORDER BY r.p_score_key DESC NULLS LAST, r.id DESC LIMIT $4) AS s
      UNION ALL
      SELECT n.id, n.name, n.p_score, n.status
      FROM (SELECT r.id, r.name, r.p_score, r.status FROM leads AS r WHERE r.user_id = $1 AND r.p_score_key IS NULL
            ORDER BY r.id DESC LIMIT $4) AS n
      LIMIT $4) AS l
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE n.direction = 'inbound')::int4 AS inbound_count,
         count(*) FILTER (WHERE n.direction = 'outbound')::int4 AS outbound_count, max(n.created_at) AS last_event_at,
         (array_agg(n.channel ORDER BY n.created_at DESC, n.id DESC))[1] AS last_channel
  FROM (SELECT m.id, m.direction, m.channel, m.created_at
        FROM (SELECT l.id UNION ALL SELECT c.id FROM contacts AS c WHERE c.org_id = $2 AND c.lead_id = l.id AND c.id <> l.id) AS ids (id)
        CROSS JOIN LATERAL (SELECT r.id, r.direction, r.channel, r.created_at FROM message_events AS r
                            WHERE r.user_id = $1 AND r.contact_id = ids.id AND r.created_at >= $3 - interval '14 days'
                            ORDER BY r.created_at DESC, r.id DESC LIMIT 20) AS m
        ORDER BY m.created_at DESC, m.id DESC LIMIT 20) AS n
) AS e;
