-- Reads what the next best action of a lead or of a contact follows from: its score, and its newest 20 messages of 14 days.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 asked_id uuid | $4 at timestamptz
-- choices:  of=lead: (SELECT a.id, a.id AS lead_id FROM leads AS a WHERE a.user_id = $1 AND a.id = $3)
-- choices:  of=contact: (SELECT c.id, c.lead_id FROM contacts AS c WHERE c.org_id = $2 AND c.id = $3 UNION ALL SELECT a.id, a.id FROM leads AS a WHERE a.user_id = $1 AND a.id = $3)
-- variants: contacts: UNION ALL SELECT c.id FROM contacts AS c WHERE c.org_id = $2 AND c.lead_id = asked.id AND c.id <> asked.id
-- rows:     lead_id uuid? | name text? | p_score float8? | status text? | inbound_count int4 | outbound_count int4 |
--           last_event_at timestamptz? | last_channel text?
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    leads, contacts, message_events
-- clock:    bounded
-- sorts:    20 messages of each id
-- timeout:  1 s
-- budget:   40
-- note:     no row: neither a lead of the caller nor a contact of its organisation. of=lead goes with contacts.
SELECT l.id AS lead_id, l.name, l.p_score::float8 AS p_score, l.status, e.inbound_count, e.outbound_count, e.last_event_at, e.last_channel
FROM (SELECT who.id, who.lead_id FROM /*of*/ AS who LIMIT 1) AS asked
LEFT JOIN leads AS l ON l.id = asked.lead_id AND l.user_id = $1
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE n.direction = 'inbound')::int4 AS inbound_count,
         count(*) FILTER (WHERE n.direction = 'outbound')::int4 AS outbound_count, max(n.created_at) AS last_event_at,
         (array_agg(n.channel ORDER BY n.created_at DESC, n.id DESC))[1] AS last_channel
  FROM (SELECT m.id, m.direction, m.channel, m.created_at
        FROM (SELECT asked.id /*contacts*/) AS ids (id)
        CROSS JOIN LATERAL (SELECT r.id, r.direction, r.channel, r.created_at FROM message_events AS r
                            WHERE r.user_id = $1 AND r.contact_id = ids.id AND r.created_at >= $4 - interval '14 days'
                            ORDER BY r.created_at DESC, r.id DESC LIMIT 20) AS m
        ORDER BY m.created_at DESC, m.id DESC LIMIT 20) AS n
) AS e;
