-- Lists an organisation's contacts by the time of the last contact, with their number; one page.
-- params:   $1 org_id uuid | $2 cursor_last_contact_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 never_id uuid | $8 status text | $9 lifecycle_stage text | $10 vertical text | $11 owner_id uuid | $12 score_min int4 | $13 score_max int4 | $14 overdue_before timestamptz
-- choices:  sort=desc: ((SELECT c.* FROM contacts AS c WHERE c.org_id = $1 AND (c.last_contact_at, c.id) < ($2, $3) /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.last_contact_at DESC, c.id DESC LIMIT $4 + $5) UNION ALL (SELECT c.* FROM contacts AS c WHERE c.org_id = $1 AND c.last_contact_at IS NULL AND c.id < $7 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.last_contact_at DESC, c.id DESC LIMIT $4 + $5)) AS c ORDER BY c.last_contact_at DESC, c.id DESC
-- choices:  sort=asc: ((SELECT c.* FROM contacts AS c WHERE c.org_id = $1 AND (c.last_contact_at, c.id) > ($2, $3) /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.last_contact_at, c.id LIMIT $4 + $5) UNION ALL (SELECT c.* FROM contacts AS c WHERE c.org_id = $1 AND c.last_contact_at IS NULL AND c.id > $7 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.last_contact_at, c.id LIMIT $4 + $5)) AS c ORDER BY c.last_contact_at, c.id
-- variants: status: AND c.status = $8
-- variants: lifecycle: AND c.lifecycle_stage = $9
-- variants: vertical: AND c.vertical = $10
-- variants: owner: AND c.owner_id = $11
-- variants: scored: AND c.score >= $12 AND (c.score <= $13) IS TRUE
-- variants: overdue: AND c.next_followup_at < $14
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz |
--           updated_at timestamptz | total int8
-- index:    idx_contacts_org_last_contact, idx_contacts_org_status, idx_contacts_org_created, idx_contacts_org_score
-- mode:     read
-- place:    org
-- reads:    contacts, org_contact_counts
-- clock:    valid_until
-- timeout:  2 s
-- budget:   420 + 2 * rows
-- budgets:  2+ filters: 1200 + 2 * rows
-- sorts:    the page's rows of both parts
-- note:     contacts that were never met come first in descending order and last in ascending order; each part gives its rows of
--           the page, which a sort merges: an OR over both is a filter (4,442 buffers). First page: the ends of time, and nil (asc)
--           or the highest id (desc) as $3 and $7; after a met contact of a descending list nobody who was never met follows: $7
--           is nil. Totals and filters as in list_contacts.
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, coalesce(c.tags, '{}') AS tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at,
       (SELECT CASE WHEN $6 < 0 THEN (SELECT coalesce(sum(n.rows), 0)::int8 FROM org_contact_counts AS n WHERE n.org_id = $1)
               ELSE (SELECT count(*) FROM (SELECT FROM contacts AS c WHERE c.org_id = $1 /*status*/ /*lifecycle*/ /*vertical*/ /*owner*/ /*scored*/ /*overdue*/ ORDER BY c.created_at LIMIT $6) AS k) END) AS total
FROM (SELECT c.* FROM /*sort*/
      LIMIT $4 OFFSET $5) AS c;
