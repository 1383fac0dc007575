-- Lists an organisation's open deals by the day they should close, those without a day last; one keyset page.
-- params:   $1 org_id uuid | $2 cursor_close_date date | $3 cursor_id uuid | $4 limit_rows int8 | $5 stage text | $6 pipeline text | $7 owner_id uuid
-- choices:  part=dated: d.expected_close_date IS NOT NULL AND (d.expected_close_date, d.id) > ($2, $3)
-- choices:  part=undated: d.expected_close_date IS NULL AND d.id > $3
-- variants: stage: AND d.stage = $5
-- variants: pipeline: AND d.pipeline = $6
-- variants: owner: AND d.owner_id = $7
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz
-- index:    idx_deals_org_open_close
-- mode:     read
-- reads:    deals, contacts
-- timeout:  2 s
-- budget:   14 + 4.5 * rows
-- note:     a dated page that is not full goes on with the undated part from nil. First page: -infinity and nil.
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, d.weighted_value, d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = d.org_id) AS contact_name, d.owner_id,
       d.stage_entered_at
FROM deals AS d
WHERE d.org_id = $1 AND d.closed_at IS NULL AND /*part*/ /*stage*/ /*pipeline*/ /*owner*/
ORDER BY d.expected_close_date, d.id
LIMIT $4;
