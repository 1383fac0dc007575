-- Lists an organisation's contacts by the time of their last change; one keyset page.
-- params:   $1 org_id uuid | $2 cursor_updated_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8
-- choices:  sort=desc: AND (c.updated_at, c.id) < ($2, $3) ORDER BY c.updated_at DESC, c.id DESC
-- choices:  sort=asc: AND (c.updated_at, c.id) > ($2, $3) ORDER BY c.updated_at, c.id
-- rows:     id uuid | name text | email text? | phone text? | company text? | city text? | status text | score int4 | vertical text? |
--           tags text[] | last_contact_at timestamptz? | next_followup_at timestamptz? | owner_id uuid? | created_at timestamptz | updated_at timestamptz
-- index:    none: the rows of the organisation, by whichever index finds them
-- mode:     read
-- reads:    contacts
-- timeout:  3 s
-- budget:   6500
-- sorts:    an index on updated_at would make every edit of a contact write all its indexes (1,445 bytes of WAL for 96)
-- note:     reads the organisation: about 6,200 buffers at 10,000 contacts.
SELECT c.id, c.name, c.email, c.phone, c.company, c.city, c.status, c.score, c.vertical, c.tags, c.last_contact_at,
       c.next_followup_at, c.owner_id, c.created_at, c.updated_at
FROM contacts AS c
WHERE c.org_id = $1 /*sort*/
LIMIT $4;
