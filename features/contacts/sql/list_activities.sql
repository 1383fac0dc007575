-- Lists the activities of one contact of the organisation, newest first.
-- params:   $1 org_id uuid | $2 contact_id uuid | $3 limit_rows int8 | $4 skip_rows int8
-- rows:     id uuid | org_id uuid | contact_id uuid? | deal_id uuid? | user_id uuid? | type text | direction text? | subject text? |
--           content text? | content_html text? | metadata jsonb | attachments jsonb | occurred_at timestamptz | created_at timestamptz
-- index:    activities_org_contact_idx
-- mode:     read
-- place:    org
-- reads:    contacts, activities
-- timeout:  2 s
-- budget:   12 + 1.5 * rows
-- note:     no row: there is no such contact; one row with the nil id: nothing happened with it.
SELECT coalesce(a.id, '00000000-0000-0000-0000-000000000000') AS id, $1 AS org_id, a.contact_id, a.deal_id, a.user_id, coalesce(a.type, '') AS type, a.direction, a.subject,
       a.content, a.content_html, coalesce(a.metadata, '{}') AS metadata, coalesce(a.attachments, '[]') AS attachments,
       coalesce(a.occurred_at, '-infinity') AS occurred_at, coalesce(a.created_at, '-infinity') AS created_at
FROM (SELECT c.id FROM contacts AS c WHERE c.org_id = $1 AND c.id = $2) AS c
LEFT JOIN LATERAL (SELECT a.* FROM activities AS a
                   WHERE a.org_id = $1 AND a.contact_id = $2
                   ORDER BY a.occurred_at DESC, a.id DESC
                   LIMIT $3 OFFSET $4) AS a ON true;
