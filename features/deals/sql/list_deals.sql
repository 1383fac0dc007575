-- Lists an organisation's deals in one of their orders with the names of their contacts; one keyset page.
-- params:   $1 org_id uuid | $2 cursor_created_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 cursor_stage_entered_at timestamptz | $6 cursor_value_minor int8 | $7 stage text | $8 pipeline text | $9 owner_id uuid
-- choices:  sort=open_created_desc: AND d.closed_at IS NULL AND (d.created_at, d.id) < ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.created_at DESC, d.id DESC
-- choices:  sort=open_created_asc: AND d.closed_at IS NULL AND (d.created_at, d.id) > ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.created_at, d.id
-- choices:  sort=open_stage_entered_desc: AND d.closed_at IS NULL AND (d.stage_entered_at, d.id) < ($5, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.stage_entered_at DESC, d.id DESC
-- choices:  sort=open_stage_entered_asc: AND d.closed_at IS NULL AND (d.stage_entered_at, d.id) > ($5, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.stage_entered_at, d.id
-- choices:  sort=open_value_desc: AND d.closed_at IS NULL AND (d.value_minor, d.id) < ($6, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.value_minor DESC, d.id DESC
-- choices:  sort=open_value_asc: AND d.closed_at IS NULL AND (d.value_minor, d.id) > ($6, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.value_minor, d.id
-- choices:  sort=all_created_desc: AND (d.created_at, d.id) < ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.created_at DESC, d.id DESC
-- choices:  sort=all_created_asc: AND (d.created_at, d.id) > ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.created_at, d.id
-- variants: stage: AND d.stage = $7
-- variants: pipeline: AND d.pipeline = $8
-- variants: owner: AND d.owner_id = $9
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | value_minor int8
-- index:    idx_deals_org_open_created, idx_deals_org_open_stage_entered, idx_deals_org_open_value, idx_deals_org_created, idx_deals_org_open_close, idx_deals_org_board
-- mode:     read
-- reads:    deals, contacts
-- hotspot:  Q7
-- timeout:  2 s
-- budget:   14 + 4.5 * rows
-- sorts:    2+ filters: together they leave few deals, which another index finds and a sort orders as cheaply
-- note:     a deal without a contact stays in the list; the name is a scalar subquery, since LIMIT with a join is planned
--           for a tenth of the organisation. First page: infinity and the highest id, or -infinity and nil.
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, d.weighted_value, d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = d.org_id) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.value_minor
FROM deals AS d
WHERE d.org_id = $1 /*sort*/
LIMIT $4;
