-- Lists an organisation's contacts in one of their orders with their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 cursor_name text | $8 cursor_score int4 | $9 cursor_status text | $10 status text | $11 lifecycle_stage text | $12 vertical text | $13 owner_id uuid | $14 score_min int4 | $15 score_max int4 | $16 overdue_before timestamptz
-- choices:  sort=created_desc: AND (c.created_at, c.id) < ($2, $3) ORDER BY c.created_at DESC, c.id DESC
-- choices:  sort=created_asc: AND (c.created_at, c.id) > ($2, $3) ORDER BY c.created_at, c.id
-- choices:  sort=name_desc: AND (c.name_lc, c.id) < (left(salesflow_fold($7), 200), $3) ORDER BY c.name_lc DESC, c.id DESC
-- choices:  sort=name_asc: AND (c.name_lc, c.id) > (left(salesflow_fold($7), 200), $3) ORDER BY c.name_lc, c.id
-- choices:  sort=name_desc_first: ORDER BY c.name_lc DESC, c.id DESC
-- choices:  sort=score_desc: AND (c.score, c.id) < ($8, $3) ORDER BY c.score DESC, c.id DESC
-- choices:  sort=score_asc: AND (c.score, c.id) > ($8, $3) ORDER BY c.score, c.id
-- choices:  sort=status_desc: AND (c.status, c.id) < ($9, $3) ORDER BY c.status DESC, c.id DESC
-- choices:  sort=status_asc: AND (c.status, c.id) > ($9, $3) ORDER BY c.status, c.id
-- variants: status: AND c.status = $10
-- variants: lifecycle: AND c.lifecycle_stage = $11
-- variants: vertical: AND c.vertical = $12
-- variants: owner: AND c.owner_id = $13
-- variants: scored: AND c.score >= $14 AND (c.score <= $15) IS TRUE
-- variants: overdue: AND c.next_followup_at < $16
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz |
--           updated_at timestamptz | total int8
-- index:    idx_contacts_org_created, idx_contacts_org_name_order, idx_contacts_org_score, idx_contacts_org_status
-- mode:     read
-- place:    org
-- reads:    contacts, org_contact_counts
-- clock:    valid_until
-- hotspot:  Q6
-- timeout:  2 s
-- budget:   420 + 1 * rows
-- budgets:  2+ filters: 650 + 1 * rows
-- sorts:    2+ filters: together they leave few rows, which another index finds and a sort orders as cheaply
-- note:     first page: infinity and the highest id, or -infinity and nil; for status 'zzz' or ''; for the name '' or
--           name_desc_first, since no text is the last in every collation. By time of last contact and lists of values: files of
--           their own; by last update and whatever else: list_contacts_mixed. With score_asc and scored, begin at the lower
--           bound: the walk begins at the cursor (165 buffers for 81).
--           The total counts up to $6 rows of an index (100 to 350 buffers for 5,000 contacts, the more the longer ago VACUUM was); below 0 it is the organisation's counter;
--           with 0 nothing is counted and a page costs 6 + rows, 45 + rows with a filter.
--           The score's upper bound is hidden by IS TRUE: a generic plan takes a range for half a percent of the rows and
--           sorts what idx_contacts_org_score finds (990 buffers for 60). Two filters and more cost up to 150 by this order,
--           and up to 500 where PostgreSQL expects few rows and sorts what it finds (5,000 contacts).
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, coalesce(c.tags, '{}') AS tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at,
       (SELECT CASE WHEN $6 < 0 THEN (SELECT coalesce(sum(n.rows), 0)::int8 FROM org_contact_counts AS n WHERE n.org_id = $1)
               ELSE (SELECT count(*) FROM (SELECT FROM contacts AS c WHERE c.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.created_at LIMIT $6) AS k) END) AS total
FROM contacts AS c
WHERE c.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ /*sort*/
LIMIT $4 OFFSET $5;
