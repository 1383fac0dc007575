-- Reads what a summary is made of: whether lead, contact and deal are the user's, and its newest messages with them, oldest first.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 lead_id uuid | $4 contact_id uuid | $5 deal_id uuid | $6 limit_rows int8
-- choices:  of=lead: SELECT $3 UNION SELECT c.id FROM contacts AS c WHERE c.org_id = $2 AND c.lead_id = $3
-- choices:  of=contact: SELECT $4
-- choices:  of=both: SELECT $3 UNION SELECT $4 UNION SELECT c.id FROM contacts AS c WHERE c.org_id = $2 AND c.lead_id = $3
-- rows:     lead_found bool | person text? | contact_found bool | contact_is_lead bool | contact_lead_id uuid? | deal_found bool |
--           event_id uuid? | channel text? | direction text? | message text? | created_at timestamptz?
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    leads, contacts, deals, message_events
-- sorts:    the page itself, at most 100 messages
-- timeout:  2 s
-- budget:   40 + 4 * rows
-- note:     one row without a message when there is none. A lead's messages are those of its id and of its contacts' ids.
SELECT s.lead_found, s.person, s.contact_found, s.contact_is_lead, s.contact_lead_id, s.deal_found, m.id AS event_id, m.channel,
       m.direction, m.message, m.created_at
FROM (SELECT EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $3) AS lead_found,
             coalesce((SELECT l.name FROM leads AS l WHERE l.user_id = $1 AND l.id = $3),
                      (SELECT c.name FROM contacts AS c WHERE c.org_id = $2 AND c.id = $4),
                      (SELECT l.name FROM leads AS l WHERE l.user_id = $1 AND l.id = $4)) AS person,
             EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $2 AND c.id = $4) AS contact_found,
             EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $4) AS contact_is_lead,
             (SELECT c.lead_id FROM contacts AS c WHERE c.org_id = $2 AND c.id = $4) AS contact_lead_id,
             EXISTS (SELECT FROM deals AS d WHERE d.org_id = $2 AND d.id = $5) AS deal_found) AS s
LEFT JOIN (
  SELECT e.id, e.channel, e.direction, e.message, e.created_at
  FROM (/*of*/) AS ids (id)
  CROSS JOIN LATERAL (SELECT r.id, r.channel, r.direction, r.normalized_text AS message, r.created_at FROM message_events AS r
                      WHERE r.user_id = $1 AND r.contact_id = ids.id ORDER BY r.created_at DESC, r.id DESC LIMIT $6) AS e
  ORDER BY e.created_at DESC, e.id DESC
  LIMIT $6
) AS m ON true
ORDER BY m.created_at, m.id;
