-- Lists an organisation's contacts by any mix of filters in any of their orders, with their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 statuses text[] | $7 cursor_name text | $8 cursor_score int4 | $9 cursor_status text | $10 lifecycle_stages text[] | $11 verticals text[] | $12 owner_id uuid | $13 score_min int4 | $14 score_max int4 | $15 overdue_before timestamptz | $16 city text | $17 tags text[] | $18 has_phone bool | $19 has_email bool
-- choices:  sort=created_desc: WHERE (m.created_at, m.id) < ($2, $3) ORDER BY m.created_at DESC, m.id DESC
-- choices:  sort=created_asc: WHERE (m.created_at, m.id) > ($2, $3) ORDER BY m.created_at, m.id
-- choices:  sort=updated_desc: WHERE (m.updated_at, m.id) < ($2, $3) ORDER BY m.updated_at DESC, m.id DESC
-- choices:  sort=updated_asc: WHERE (m.updated_at, m.id) > ($2, $3) ORDER BY m.updated_at, m.id
-- choices:  sort=last_contact_desc: WHERE (coalesce(m.last_contact_at, 'infinity'), m.id) < ($2, $3) ORDER BY m.last_contact_at DESC, m.id DESC
-- choices:  sort=last_contact_asc: WHERE (coalesce(m.last_contact_at, 'infinity'), m.id) > ($2, $3) ORDER BY m.last_contact_at, m.id
-- choices:  sort=name_desc: WHERE (left(salesflow_fold(m.name), 200) COLLATE "C", m.id) < (left(salesflow_fold($7), 200), $3) ORDER BY left(salesflow_fold(m.name), 200) COLLATE "C" DESC, m.id DESC
-- choices:  sort=name_asc: WHERE (left(salesflow_fold(m.name), 200) COLLATE "C", m.id) > (left(salesflow_fold($7), 200), $3) ORDER BY left(salesflow_fold(m.name), 200) COLLATE "C", m.id
-- choices:  sort=name_desc_first: ORDER BY left(salesflow_fold(m.name), 200) COLLATE "C" DESC, m.id DESC
-- choices:  sort=score_desc: WHERE (m.score, m.id) < ($8, $3) ORDER BY m.score DESC, m.id DESC
-- choices:  sort=score_asc: WHERE (m.score, m.id) > ($8, $3) ORDER BY m.score, m.id
-- choices:  sort=status_desc: WHERE (m.status, m.id) < ($9, $3) ORDER BY m.status DESC, m.id DESC
-- choices:  sort=status_asc: WHERE (m.status, m.id) > ($9, $3) ORDER BY m.status, m.id
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz |
--           updated_at timestamptz | total int8
-- index:    none: the contacts of the organisation, by whichever index finds them
-- mode:     read
-- place:    org
-- reads:    contacts
-- clock:    valid_until
-- timeout:  3 s
-- budget:   6500 + 4 * rows
-- sorts:    no index has these filters in these orders; keys and ids are sorted, the page's rows are read again
-- note:     for what no index serves: city, tags, has_phone, has_email, several lists, and the order of the last update, since an
--           index on updated_at would make every edit write all indexes (1,445 bytes of WAL for 96). Each contact of the
--           organisation is read once, for page and total: up to 6,200 buffers at 10,000 contacts. Filters that are not asked for
--           compare a column with itself, so that they need no statements of their own.
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, coalesce(c.tags, '{}') AS tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at,
       page.total
FROM (SELECT m.* FROM (
        SELECT c.id, c.created_at, c.updated_at, c.last_contact_at, c.name, c.score, c.status, count(*) OVER () AS total
        FROM contacts AS c
        WHERE c.org_id = $1 AND c.status = ANY (coalesce($6, ARRAY[c.status])) AND c.lifecycle_stage = ANY (coalesce($10, ARRAY[c.lifecycle_stage]))
          AND coalesce(c.vertical, '') = ANY (coalesce($11, ARRAY[coalesce(c.vertical, '')]))
          AND c.owner_id IS NOT DISTINCT FROM coalesce($12, c.owner_id) AND (c.score BETWEEN $13 AND $14) IS TRUE
          AND coalesce(c.next_followup_at < $15, true) AND (c.next_followup_at IS NOT NULL) >= ($15 IS NOT NULL)
          AND strpos(salesflow_fold(coalesce(c.city, '')), salesflow_fold($16)) > 0 AND coalesce(c.tags, '{}') @> $17
          AND (coalesce(c.phone, '') <> '') >= $18 AND (coalesce(c.email, '') <> '') >= $19
      ) AS m /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM contacts AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS c;
