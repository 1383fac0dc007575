-- Lists an organisation's contacts that a term finds, by any mix of filters in any of their orders, with their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 statuses text[] | $7 cursor_name text | $8 cursor_score int4 | $9 cursor_status text | $10 lifecycle_stages text[] | $11 verticals text[] | $12 owner_id uuid | $13 score_min int4 | $14 score_max int4 | $15 overdue_before timestamptz | $16 city text | $17 tags text[] | $18 has_phone bool | $19 has_email bool | $20 term text
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
-- variants: filtered: AND c.status = ANY (coalesce($6, ARRAY[c.status])) AND c.lifecycle_stage = ANY (coalesce($10, ARRAY[c.lifecycle_stage])) AND coalesce(c.vertical, '') = ANY (coalesce($11, ARRAY[coalesce(c.vertical, '')])) AND c.owner_id IS NOT DISTINCT FROM coalesce($12, c.owner_id) AND (c.score BETWEEN $13 AND $14) IS TRUE AND coalesce(c.next_followup_at < $15, true) AND (c.next_followup_at IS NOT NULL) >= ($15 IS NOT NULL)
-- variants: detailed: AND EXISTS (SELECT FROM contacts AS r WHERE r.id = c.id AND r.org_id = $1 AND strpos(salesflow_fold(coalesce(r.city, '')), salesflow_fold($16)) > 0 AND coalesce(r.tags, '{}') @> $17 AND (coalesce(r.phone, '') <> '') >= $18 AND (coalesce(r.email, '') <> '') >= $19)
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz |
--           updated_at timestamptz | total int8
-- index:    none: inside find_contacts(), idx_contacts_search and idx_contacts_org_name_order
-- mode:     read
-- place:    org
-- reads:    contacts
-- clock:    valid_until
-- timeout:  3 s
-- budget:   1500 + 4 * rows
-- budgets:  detailed: 7000 + 4 * rows
-- sorts:    a function's rows carry no order; keys and ids are sorted, the page's rows are read again
-- note:     up to 10,000 hits of find_contacts() carry what is filtered and ordered by (a buffer each, 2 ms for 639); only city, tags,
--           phone and e-mail (detailed) are looked up by id, 4 buffers a hit. A term with more hits reads the organisation. What
--           finds a contact is the same in both: any part of name, company, e-mail or phone number, or the beginning of the name for a
--           term without three letters or digits in a row.
WITH hits AS MATERIALIZED (
  SELECT s.* FROM find_contacts($20, 10001) AS s
), asked AS MATERIALIZED (
  SELECT (SELECT count(*) FROM hits) <= 10000 AS few, salesflow_search_term($20) ~ '[[:alnum:]]{3}' AS anywhere
)
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, coalesce(c.tags, '{}') AS tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at,
       page.total
FROM (SELECT m.* FROM (
        SELECT c.id, c.created_at, c.updated_at, c.last_contact_at, c.name, c.score, c.status, count(*) OVER () AS total
        FROM (SELECT h.* FROM hits AS h WHERE (SELECT a.few FROM asked AS a)
              UNION ALL
              SELECT r.id, r.created_at, r.updated_at, r.last_contact_at, r.name, r.score, r.status, r.lifecycle_stage, r.vertical, r.owner_id,
                     r.next_followup_at
              FROM contacts AS r
              WHERE r.org_id = $1 AND NOT (SELECT a.few FROM asked AS a)
                AND CASE WHEN (SELECT a.anywhere FROM asked AS a) THEN strpos(r.search_text, salesflow_search_term($20)) > 0
                         ELSE starts_with(r.name_lc, salesflow_search_term($20)) END) AS c
        WHERE true /*filtered*/ /*detailed*/
      ) AS m /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM contacts AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS c;
