-- The board of a pipeline: of each of its stages, count and sums, and the cards that entered it first.
-- params:   $1 org_id uuid | $2 pipeline text | $3 stages text[] | $4 limit_rows int8 | $5 cursor_stage_entered_at timestamptz | $6 cursor_id uuid | $7 owner_id uuid
-- variants: owner: AND d.owner_id = $7
-- rows:     stage text | deals int8 | value json | weighted_value json | total_deals int8 | total_value json | total_weighted_value json |
--           id uuid? | title text? | card_value json? | currency text? | probability int4? | card_weighted_value json? |
--           expected_close_date date? | contact_id uuid? | contact_name text? | contact_company text? | owner_id uuid? |
--           stage_entered_at timestamptz? | notes text?
-- index:    idx_deals_org_board, idx_deals_org_open_stage_entered
-- mode:     read
-- place:    org
-- reads:    deals, contacts, org_open_deal_totals
-- hotspot:  Q7
-- timeout:  3 s
-- budget:   60 + 5 * rows
-- budgets:  owner: 900 + 5 * rows
-- sorts:    two dozen stages at most
-- note:     totals and cards come from one snapshot, so they agree. Totals count every open deal, also in stages that $3 does not
--           name; a stage without cards has one row, and the totals, which are kept, are repeated in each. $5 and $6 begin behind a card: ask
--           for one stage then. The whole board is a large $4. Amounts leave as JSON numbers with all their digits, sums without zeros behind.
WITH totals AS MATERIALIZED (
  SELECT d.stage, sum(d.deals)::bigint AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value,
         (sum(sum(d.deals)) OVER ())::bigint AS total_deals, sum(sum(d.value)) OVER () AS total_value, sum(sum(d.weighted_value)) OVER () AS total_weighted_value
  FROM org_open_deal_totals AS d
  WHERE d.org_id = $1 AND d.pipeline = $2 /*owner*/
  GROUP BY d.stage
  HAVING sum(d.deals) > 0
)
SELECT t.stage, t.deals, to_json(trim_scale(t.value)) AS value, to_json(trim_scale(t.weighted_value)) AS weighted_value,
       t.total_deals, to_json(trim_scale(t.total_value)) AS total_value, to_json(trim_scale(t.total_weighted_value)) AS total_weighted_value,
       d.id, d.title, to_json(d.value) AS card_value, d.currency, d.probability, to_json(trim_scale(d.weighted_value)) AS card_weighted_value,
       d.expected_close_date, d.contact_id, c.name AS contact_name, c.company AS contact_company, d.owner_id, d.stage_entered_at, d.notes
FROM totals AS t
LEFT JOIN LATERAL (SELECT d.* FROM deals AS d
                   WHERE d.org_id = $1 AND d.pipeline = $2 AND d.stage = t.stage AND d.stage = ANY ($3) AND d.closed_at IS NULL
                     AND (d.stage_entered_at, d.id) > ($5, $6) /*owner*/
                   ORDER BY d.stage_entered_at, d.id LIMIT $4) AS d ON true
LEFT JOIN LATERAL (SELECT name, company FROM contacts WHERE id = d.contact_id AND org_id = $1 LIMIT 1) AS c ON true
ORDER BY t.stage, d.stage_entered_at, d.id;
