-- Lists an organisation's contacts by the time of the last contact; one part of one keyset page.
-- params:   $1 org_id uuid | $2 cursor_last_contact_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 status text | $6 lifecycle_stage text | $7 vertical text | $8 owner_id uuid | $9 score_min int4 | $10 score_max int4 | $11 overdue_before timestamptz
-- choices:  part=never_desc: AND c.last_contact_at IS NULL AND c.id < $3 ORDER BY c.last_contact_at DESC, c.id DESC
-- choices:  part=desc: AND (c.last_contact_at, c.id) < ($2, $3) ORDER BY c.last_contact_at DESC, c.id DESC
-- choices:  part=asc: AND (c.last_contact_at, c.id) > ($2, $3) ORDER BY c.last_contact_at, c.id
-- choices:  part=never_asc: AND c.last_contact_at IS NULL AND c.id > $3 ORDER BY c.last_contact_at, c.id
-- variants: status: AND c.status = $5
-- variants: lifecycle: AND c.lifecycle_stage = $6
-- variants: vertical: AND c.vertical = $7
-- variants: owner: AND c.owner_id = $8
-- variants: scored: AND c.score >= $9 AND (c.score <= $10) IS TRUE
-- variants: overdue: AND c.next_followup_at < $11
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz
-- index:    idx_contacts_org_last_contact, idx_contacts_org_status, idx_contacts_org_created, idx_contacts_org_score
-- mode:     read
-- reads:    contacts
-- timeout:  2 s
-- budget:   6 + 1 * rows
-- budgets:  1+ filters: 45 + 1 * rows
-- budgets:  2+ filters: 500 + 1 * rows
-- sorts:    2+ filters: together they leave few rows, which another index finds and a sort orders as cheaply
-- note:     contacts that were never met come first in descending order and last in ascending order. A page that one part
--           does not fill goes on with the other from its first row, in the same Sync: an OR over both is a filter (4,442).
--           The score's upper bound is hidden by IS TRUE: a generic plan takes a range for half a percent of the rows and
--           sorts what idx_contacts_org_score finds (990 buffers for 60). Two filters and more cost up to 150 by this order,
--           and up to 500 where PostgreSQL expects few rows and sorts what it finds (5,000 contacts).
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, c.tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at
FROM contacts AS c
WHERE c.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ /*part*/
LIMIT $4;
