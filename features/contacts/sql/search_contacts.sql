-- Finds contacts of the organisation in use by a part of name, company or e-mail, newest first; one keyset page.
-- params:   $1 term text | $2 limit_rows int4 | $3 cursor_created_at timestamptz | $4 cursor_id uuid
-- rows:     id uuid | name text | company text? | phone text? | email text? | city text? | vertical text? | created_at timestamptz
-- index:    none: inside the function, idx_contacts_search and idx_contacts_org_name_order
-- mode:     read
-- place:    org
-- reads:    contacts
-- hotspot:  Q6
-- timeout:  2 s
-- budget:   700
-- sorts:    a function's rows carry no order; a page is sorted
-- note:     a narrow term costs 12 to 300 buffers, a broad one up to 700, with 4 a row for phone, city and vertical.
SELECT s.id, s.name, s.company, c.phone, s.email, c.city, c.vertical, s.created_at
FROM search_contacts($1, $2, $3, $4) AS s
CROSS JOIN LATERAL (SELECT phone, city, vertical FROM contacts WHERE id = s.id LIMIT 1) AS c
ORDER BY s.created_at DESC, s.id DESC;
