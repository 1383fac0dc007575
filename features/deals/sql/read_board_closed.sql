-- A closed stage of a pipeline's board: its count and sums, those of the open stages, and its cards in the order they entered it; one page.
-- params:   $1 org_id uuid | $2 pipeline text | $3 stage text | $4 limit_rows int8 | $5 cursor_stage_entered_at timestamptz | $6 cursor_id uuid | $7 owner_id uuid
-- variants: owner: AND d.owner_id = $7
-- rows:     stage text | deals int8 | value json | weighted_value json | by_currency json? | own_currency text | total_deals int8 |
--           total_value json | total_weighted_value json | total_by_currency json? |
--           id uuid? | title text? | card_value json? | currency text? | probability int4? | card_weighted_value json? |
--           expected_close_date date? | contact_id uuid? | contact_name text? | contact_company text? | owner_id uuid? |
--           stage_entered_at timestamptz? | notes text?
-- index:    none: the closed deals of the organisation, by whichever index finds them
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, organizations, org_open_deal_sums
-- timeout:  3 s
-- budget:   1800 + 8 * rows
-- plan:     none, because it reads all closed deals of a pipeline: half of a small table is read best in its own order
-- sorts:    the stage's deals
-- note:     as read_board, whose columns it has; sums of closed deals are not kept, so each of the stage's is read once. Totals are of open deals.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), opened AS MATERIALIZED (
  SELECT d.stage, d.currency, sum(d.deals)::bigint AS deals, sum(d.value) AS value, sum(d.weighted_value) AS weighted_value
  FROM org_open_deal_sums AS d
  WHERE d.org_id = $1 AND d.pipeline = $2 /*owner*/
  GROUP BY d.stage, d.currency
  HAVING sum(d.deals) > 0
), closed AS MATERIALIZED (
  SELECT d.id, d.stage_entered_at, currency_code(d.currency) AS currency, d.value, d.weighted_value
  FROM deals AS d
  WHERE d.org_id = $1 AND d.pipeline = $2 AND d.stage = $3 AND d.closed_at IS NOT NULL /*owner*/
), totals AS MATERIALIZED (
  SELECT s.stage, sum(s.deals)::bigint AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = o.currency), 0) AS value,
         coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = o.currency), 0) AS weighted_value,
         json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency) AS by_currency
  FROM (SELECT b.stage, b.currency, b.deals, b.value, b.weighted_value FROM opened AS b
        UNION ALL
        SELECT $3, c.currency, count(*), coalesce(sum(c.value), 0), coalesce(sum(c.weighted_value), 0) FROM closed AS c GROUP BY c.currency) AS s CROSS JOIN own AS o
  GROUP BY s.stage
), whole AS MATERIALIZED (
  SELECT coalesce(sum(s.deals), 0)::bigint AS deals, coalesce(sum(s.value) FILTER (WHERE s.currency = o.currency), 0) AS value,
         coalesce(sum(s.weighted_value) FILTER (WHERE s.currency = o.currency), 0) AS weighted_value,
         json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency), 'weighted_value', money_text(s.weighted_value, s.currency)) ORDER BY s.currency)
           FILTER (WHERE s.deals > 0) AS by_currency
  FROM own AS o LEFT JOIN (SELECT b.currency, sum(b.deals) AS deals, sum(b.value) AS value, sum(b.weighted_value) AS weighted_value FROM opened AS b GROUP BY b.currency) AS s ON true
), page AS MATERIALIZED (
  SELECT c.id FROM closed AS c WHERE (c.stage_entered_at, c.id) > ($5, $6) ORDER BY c.stage_entered_at, c.id LIMIT $4
)
SELECT t.stage, t.deals, to_json(trim_scale(t.value)) AS value, to_json(trim_scale(t.weighted_value)) AS weighted_value,
       CASE WHEN row_number() OVER (PARTITION BY t.stage ORDER BY d.stage_entered_at, d.id) = 1 THEN t.by_currency END AS by_currency, o.currency AS own_currency,
       w.deals AS total_deals, to_json(trim_scale(w.value)) AS total_value, to_json(trim_scale(w.weighted_value)) AS total_weighted_value,
       CASE WHEN row_number() OVER (ORDER BY t.stage, d.stage_entered_at, d.id) = 1 THEN w.by_currency END AS total_by_currency,
       d.id, d.title, to_json(d.value) AS card_value, currency_code(d.currency) AS currency, d.probability, to_json(trim_scale(d.weighted_value)) AS card_weighted_value,
       d.expected_close_date, d.contact_id, c.name AS contact_name, c.company AS contact_company, d.owner_id, d.stage_entered_at, d.notes
FROM own AS o CROSS JOIN whole AS w CROSS JOIN totals AS t
LEFT JOIN LATERAL (SELECT d.* FROM page AS p JOIN deals AS d ON d.org_id = $1 AND d.id = p.id WHERE t.stage = $3) AS d ON true
LEFT JOIN LATERAL (SELECT name, company FROM contacts WHERE id = d.contact_id AND org_id = $1 LIMIT 1) AS c ON true
ORDER BY t.stage, d.stage_entered_at, d.id;
