-- Lists an organisation's contacts whose status, life cycle stage or vertical is one of several, with their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 cursor_name text | $8 cursor_score int4 | $9 statuses text[] | $10 lifecycle_stages text[] | $11 verticals text[]
-- choices:  sort=created_desc: AND (m.created_at, m.id) < ($2, $3) ORDER BY m.created_at DESC, m.id DESC
-- choices:  sort=created_asc: AND (m.created_at, m.id) > ($2, $3) ORDER BY m.created_at, m.id
-- choices:  sort=name_desc: AND (m.name_lc, m.id) < (left(salesflow_fold($7), 200), $3) ORDER BY m.name_lc DESC, m.id DESC
-- choices:  sort=name_asc: AND (m.name_lc, m.id) > (left(salesflow_fold($7), 200), $3) ORDER BY m.name_lc, m.id
-- choices:  sort=name_desc_first: ORDER BY m.name_lc DESC, m.id DESC
-- choices:  sort=score_desc: AND (m.score, m.id) < ($8, $3) ORDER BY m.score DESC, m.id DESC
-- choices:  sort=score_asc: AND (m.score, m.id) > ($8, $3) ORDER BY m.score, m.id
-- variants: status: AND m.status = ANY ($9)
-- variants: lifecycle: AND m.lifecycle_stage = ANY ($10)
-- variants: vertical: AND m.vertical = ANY ($11)
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz |
--           updated_at timestamptz | total int8
-- index:    idx_contacts_org_created, idx_contacts_org_name_order, idx_contacts_org_score
-- mode:     read
-- place:    org
-- reads:    contacts
-- timeout:  2 s
-- budget:   380 + 5 * rows
-- note:     the page is chosen from the index alone, by id, then each row is read: = ANY filters in an index-only scan and
--           nowhere else. Right after many writes, before VACUUM, it costs more. The total counts up to $6 rows of the index
--           (100 to 350 buffers for 5,000 contacts, the more the longer ago VACUUM was).
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, coalesce(c.tags, '{}') AS tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at,
       (SELECT count(*) FROM (SELECT FROM contacts AS m WHERE m.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ ORDER BY m.created_at LIMIT $6) AS k) AS total
FROM (SELECT m.id FROM contacts AS m WHERE m.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ /*sort*/ LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM contacts AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS c;
