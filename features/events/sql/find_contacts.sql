-- Which of these ids are contacts of the organisation or leads of the user.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 ids uuid[]
-- rows:     id uuid
-- index:    leads_user_id_id_key, contacts_org_id_id_key
-- mode:     read
-- place:    mixed
-- reads:    contacts, leads
-- timeout:  10 s
-- budget:   20 + 8 * rows
-- note:     an id may come twice.
SELECT c.id FROM contacts AS c WHERE c.org_id = $2 AND c.id = ANY($3)
UNION ALL
SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.id = ANY($3);
