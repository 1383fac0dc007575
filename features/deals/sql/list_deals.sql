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
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8 | sums json?
-- index:    idx_deals_org_open_created, idx_deals_org_open_stage_entered, idx_deals_org_open_value, idx_deals_org_open_close, idx_deals_org_board
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, organizations, org_open_deal_sums
-- hotspot:  Q7
-- timeout:  2 s
-- budget:   30 + 4.5 * rows
-- sorts:    a handful of currencies; and two filters together may leave few deals, which another index finds and a sort orders as cheaply
-- note:     a deal without a contact stays in the list; the name is a scalar subquery, since LIMIT with a join is planned
--           for a tenth of the organisation. First page: infinity and the highest id, or -infinity and nil. $5 skips rows of
--           the index, not names. Total and sums are kept (org_open_deal_sums) and exact at any size; with $6 = 0 there are
--           none. Sums stand in the first row: of the organisation's currency, and each currency's.
WITH kept AS MATERIALIZED (
  SELECT d.currency, sum(d.deals) AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value
  FROM org_open_deal_sums AS d WHERE d.org_id = $1 AND $6 <> 0 /*stage*/ /*pipeline*/ /*owner*/
  GROUP BY d.currency HAVING sum(d.deals) > 0
), own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), sums AS MATERIALIZED (
  SELECT json_build_object('currency', (SELECT o.currency FROM own AS o), 'value', trim_scale(coalesce(sum(k.value) FILTER (WHERE k.currency = (SELECT o.currency FROM own AS o)), 0)),
           'weighted_value', trim_scale(coalesce(sum(k.weighted_value) FILTER (WHERE k.currency = (SELECT o.currency FROM own AS o)), 0)),
           'by_currency', coalesce(json_agg(json_build_object('currency', k.currency, 'count', k.deals, 'value', money_text(k.value, k.currency),
                                                              'weighted_value', money_text(k.weighted_value, k.currency)) ORDER BY k.currency), '[]')) AS sums
  FROM kept AS k WHERE $6 <> 0 HAVING $6 <> 0
)
SELECT d.id, d.title, d.value, currency_code(d.currency) AS currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       (SELECT coalesce(sum(k.deals), 0)::int8 FROM kept AS k) AS total,
       CASE WHEN row_number() OVER () = 1 THEN (SELECT s.sums FROM sums AS s) END AS sums
FROM (SELECT d.* FROM deals AS d
      WHERE d.org_id = $1 AND d.closed_at IS NULL /*stage*/ /*pipeline*/ /*owner*/ /*sort*/
      LIMIT $4 OFFSET $5) AS d;
