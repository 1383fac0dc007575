-- Lists an organisation's open deals in one of their orders with the names of their contacts and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 cursor_value_minor int8 | $8 stage text | $9 pipeline text | $10 owner_id uuid
-- choices:  sort=created_desc: AND (d.created_at, d.id) < ($2, $3) ORDER BY d.created_at DESC, d.id DESC
-- choices:  sort=created_asc: AND (d.created_at, d.id) > ($2, $3) ORDER BY d.created_at, d.id
-- choices:  sort=stage_entered_desc: AND (d.stage_entered_at, d.id) < ($2, $3) ORDER BY d.stage_entered_at DESC, d.id DESC
-- choices:  sort=stage_entered_asc: AND (d.stage_entered_at, d.id) > ($2, $3) ORDER BY d.stage_entered_at, d.id
-- choices:  sort=value_desc: AND (d.value_minor, d.id) < ($7, $3) ORDER BY d.value_minor DESC, d.id DESC
-- choices:  sort=value_asc: AND (d.value_minor, d.id) > ($7, $3) ORDER BY d.value_minor, d.id
-- variants: stage: AND d.stage = $8
-- variants: pipeline: AND d.pipeline = $9
-- variants: owner: AND d.owner_id = $10
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8
-- index:    idx_deals_org_open_created, idx_deals_org_open_stage_entered, idx_deals_org_open_value, idx_deals_org_open_close, idx_deals_org_board
-- mode:     read
-- place:    org
-- reads:    deals, contacts, org_open_deal_totals
-- hotspot:  Q7
-- timeout:  2 s
-- budget:   30 + 4.5 * rows
-- sorts:    2+ filters: together they leave few deals, which another index finds and a sort orders as cheaply
-- note:     a deal without a contact stays in the list; the name is a scalar subquery, since LIMIT with a join is planned
--           for a tenth of the organisation. First page: infinity and the highest id, or -infinity and nil. $5 skips rows of
--           the index, not names. The total is kept (org_open_deal_totals) and exact at any size; with $6 = 0 it is 0.
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       (SELECT CASE WHEN $6 <> 0 THEN (SELECT coalesce(sum(d.deals), 0)::int8 FROM org_open_deal_totals AS d WHERE d.org_id = $1 /*stage*/ /*pipeline*/ /*owner*/) ELSE 0 END) AS total
FROM (SELECT d.* FROM deals AS d
      WHERE d.org_id = $1 AND d.closed_at IS NULL /*stage*/ /*pipeline*/ /*owner*/ /*sort*/
      LIMIT $4 OFFSET $5) AS d;
