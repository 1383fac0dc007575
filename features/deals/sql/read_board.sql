-- The board of a pipeline: of each of its stages, count and sums, and the cards that entered it first.
-- params:   $1 org_id uuid | $2 pipeline text | $3 stages text[] | $4 limit_rows int8 | $5 cursor_stage_entered_at timestamptz | $6 cursor_id uuid | $7 owner_id uuid
-- variants: owner: AND d.owner_id = $7
-- rows:     stage text | deals int8 | value json | weighted_value json | by_currency json? | own_currency text | total_deals int8 |
--           total_value json | total_weighted_value json | total_by_currency json? |
--           id uuid? | title text? | card_value json? | currency text? | probability int4? | card_weighted_value json? |
--           expected_close_date date? | contact_id uuid? | contact_name text? | contact_company text? | owner_id uuid? |
--           stage_entered_at timestamptz? | notes text?
-- index:    idx_deals_org_board, idx_deals_org_open_stage_entered
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, organizations, org_open_deal_sums
-- hotspot:  Q7
-- timeout:  3 s
-- budget:   60 + 5 * rows
-- budgets:  owner: 900 + 5 * rows
-- sorts:    two dozen stages at most
-- note:     totals and cards come from one snapshot, so they agree. Totals count every open deal, also in stages that $3 does not
--           name; a stage without cards has one row, and the totals, which are kept, are repeated in each; sums are of the organisation's
--           currency, those of each currency stand in a stage's first row and in the first of all. $5 and $6 begin behind a card: ask
--           for one stage then. The whole board is a large $4. Amounts leave as JSON numbers with all their digits, sums without zeros behind.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), sums AS MATERIALIZED (
  SELECT d.stage, d.currency, sum(d.deals)::bigint AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value
  FROM org_open_deal_sums AS d
  WHERE d.org_id = $1 AND d.pipeline = $2 /*owner*/
  GROUP BY d.stage, d.currency
  HAVING sum(d.deals) > 0
), totals AS MATERIALIZED (
  SELECT s.stage, sum(s.deals)::bigint AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = o.currency), 0) AS value,
         coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = o.currency), 0) AS weighted_value,
         json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency) AS by_currency
  FROM sums AS s CROSS JOIN own AS o
  GROUP BY s.stage
), whole AS MATERIALIZED (
  SELECT sum(s.deals)::bigint AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = o.currency), 0) AS value,
         coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = o.currency), 0) AS weighted_value,
         json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency) AS by_currency
  FROM (SELECT b.currency, sum(b.deals) AS deals, sum(b.value) AS value, sum(b.weighted_value) AS weighted_value FROM sums AS b GROUP BY b.currency) AS s CROSS JOIN own AS o
)
SELECT t.stage, t.deals, to_json(trim_scale(t.value)) AS value, to_json(trim_scale(t.weighted_value)) AS weighted_value,
       CASE WHEN row_number() OVER (PARTITION BY t.stage ORDER BY d.stage_entered_at, d.id) = 1 THEN t.by_currency END AS by_currency, o.currency AS own_currency,
       w.deals AS total_deals, to_json(trim_scale(w.value)) AS total_value, to_json(trim_scale(w.weighted_value)) AS total_weighted_value,
       CASE WHEN row_number() OVER (ORDER BY t.stage, d.stage_entered_at, d.id) = 1 THEN w.by_currency END AS total_by_currency,
       d.id, d.title, to_json(d.value) AS card_value, currency_code(d.currency) AS currency, d.probability, to_json(trim_scale(d.weighted_value)) AS card_weighted_value,
       d.expected_close_date, d.contact_id, c.name AS contact_name, c.company AS contact_company, d.owner_id, d.stage_entered_at, d.notes
FROM own AS o CROSS JOIN whole AS w CROSS JOIN totals AS t
LEFT JOIN LATERAL (SELECT d.* FROM deals AS d
                   WHERE d.org_id = $1 AND d.pipeline = $2 AND d.stage = t.stage AND d.stage = ANY ($3) AND d.closed_at IS NULL
                     AND (d.stage_entered_at, d.id) > ($5, $6) /*owner*/
                   ORDER BY d.stage_entered_at, d.id LIMIT $4) AS d ON true
LEFT JOIN LATERAL (SELECT name, company FROM contacts WHERE id = d.contact_id AND org_id = $1 LIMIT 1) AS c ON true
ORDER BY t.stage, d.stage_entered_at, d.id;
