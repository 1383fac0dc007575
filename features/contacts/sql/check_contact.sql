-- Tells why a write of a contact met no row: its version now, and which owners are no members of the organisation.
-- params:   $1 org_id uuid | $2 contact_id uuid | $3 owner_ids uuid[]
-- rows:     row_version int8? | strangers uuid[]
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     read
-- place:    mixed
-- reads:    contacts, org_members
-- timeout:  1 s
-- budget:   10 + 10 * rows
SELECT (SELECT c.row_version FROM contacts AS c WHERE c.org_id = $1 AND c.id = $2) AS row_version,
       ARRAY(SELECT o.id FROM unnest($3) AS o (id)
             WHERE o.id IS NOT NULL AND NOT EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = o.id)) AS strangers;
