-- Lists all deals of an organisation, open and closed, by creation, with the names of their contacts and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 stage text | $8 pipeline text | $9 owner_id uuid
-- choices:  sort=created_desc: AND (d.created_at, d.id) < ($2, $3) ORDER BY d.created_at DESC, d.id DESC
-- choices:  sort=created_asc: AND (d.created_at, d.id) > ($2, $3) ORDER BY d.created_at, d.id
-- variants: stage: AND d.stage = $7
-- variants: pipeline: AND d.pipeline = $8
-- variants: owner: AND d.owner_id = $9
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8 | sums json?
-- index:    idx_deals_org_created
-- mode:     read
-- place:    org
-- reads:    deals, contacts, org_deal_counts
-- timeout:  2 s
-- budget:   180 + 4.5 * rows
-- sorts:    2+ filters: together they leave few deals, which another index finds and a sort orders as cheaply
-- note:     as list_deals. With $6 below 0 the total is the organisation's counter.
SELECT d.id, d.title, d.value, currency_code(d.currency) AS currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       (SELECT CASE WHEN $6 < 0 THEN (SELECT coalesce(sum(n.rows), 0)::int8 FROM org_deal_counts AS n WHERE n.org_id = $1)
               ELSE (SELECT count(*) FROM (SELECT FROM deals AS d WHERE d.org_id = $1 /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.created_at LIMIT $6) AS k) END) AS total, NULL::json AS sums
FROM (SELECT d.* FROM deals AS d
      WHERE d.org_id = $1 /*stage*/ /*pipeline*/ /*owner*/ /*sort*/
      LIMIT $4 OFFSET $5) AS d;
