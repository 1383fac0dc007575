-- Lists the deals of one contact, newest first; one keyset page.
-- params:   $1 org_id uuid | $2 contact_id uuid | $3 cursor_created_at timestamptz | $4 cursor_id uuid | $5 limit_rows int8
-- variants: open: AND d.closed_at IS NULL
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz
-- index:    idx_deals_org_contact
-- mode:     read
-- reads:    deals, contacts
-- timeout:  1 s
-- budget:   10 + 5 * rows
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, d.weighted_value, d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = d.org_id) AS contact_name, d.owner_id,
       d.stage_entered_at
FROM deals AS d
WHERE d.org_id = $1 AND d.contact_id = $2 AND (d.created_at, d.id) < ($3, $4) /*open*/
ORDER BY d.created_at DESC, d.id DESC
LIMIT $5;
