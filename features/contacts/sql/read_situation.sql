-- Reads what the next steps with a contact follow from: the contact, its open deals and its open tasks.
-- params:   $1 org_id uuid | $2 contact_id uuid
-- rows:     id uuid | name text | email text? | phone text? | company text? | status text | score int4 | preferred_channel text | do_not_contact bool |
--           last_contact_at timestamptz? | last_response_at timestamptz? | next_followup_at timestamptz? | open_deals int8 |
--           stale_deal_title text? | stale_deal_since timestamptz? | open_tasks int8
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     read
-- place:    org
-- reads:    contacts, deals, tasks
-- timeout:  1 s
-- budget:   200
-- sorts:    the open deals of one contact
-- note:     the stale deal is the open one that has stood in its stage for longest.
SELECT c.id, c.name, c.email, c.phone, c.company, c.status, c.score, c.preferred_channel, c.do_not_contact, c.last_contact_at, c.last_response_at,
       c.next_followup_at,
       (SELECT count(*) FROM deals AS d WHERE d.org_id = $1 AND d.contact_id = $2 AND d.closed_at IS NULL) AS open_deals,
       s.title AS stale_deal_title, s.stage_entered_at AS stale_deal_since,
       (SELECT count(*) FROM tasks AS t WHERE t.org_id = $1 AND t.contact_id = $2 AND t.status IN ('pending', 'in_progress', 'snoozed')) AS open_tasks
FROM contacts AS c
LEFT JOIN LATERAL (SELECT d.title, d.stage_entered_at FROM deals AS d WHERE d.org_id = $1 AND d.contact_id = $2 AND d.closed_at IS NULL
                   ORDER BY d.stage_entered_at, d.id LIMIT 1) AS s ON true
WHERE c.org_id = $1 AND c.id = $2;
