-- The next cards of one stage of a pipeline's board; one keyset page.
-- params:   $1 org_id uuid | $2 pipeline text | $3 stage text | $4 cursor_stage_entered_at timestamptz | $5 cursor_id uuid | $6 limit_rows int8
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | contact_company text? | owner_id uuid? |
--           stage_entered_at timestamptz | notes text?
-- index:    idx_deals_org_board
-- mode:     read
-- reads:    deals, contacts
-- hotspot:  Q7
-- timeout:  2 s
-- budget:   10 + 5 * rows
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, d.weighted_value, d.expected_close_date, d.contact_id,
       c.name AS contact_name, c.company AS contact_company, d.owner_id, d.stage_entered_at, d.notes
FROM deals AS d
LEFT JOIN LATERAL (SELECT name, company FROM contacts WHERE id = d.contact_id AND org_id = d.org_id LIMIT 1) AS c ON true
WHERE d.org_id = $1 AND d.pipeline = $2 AND d.stage = $3 AND d.closed_at IS NULL AND (d.stage_entered_at, d.id) > ($4, $5)
ORDER BY d.stage_entered_at, d.id
LIMIT $6;
