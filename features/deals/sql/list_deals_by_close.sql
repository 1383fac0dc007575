-- Lists an organisation's open deals by the day they should close, with the names of their contacts and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_close_date date | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 undated_id uuid | $8 stage text | $9 pipeline text | $10 owner_id uuid
-- choices:  sort=asc: ((SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND (d.expected_close_date, d.id) > ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date, d.id LIMIT $4 + $5) UNION ALL (SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date IS NULL AND d.id > $7 /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date, d.id LIMIT $4 + $5)) AS m ORDER BY m.expected_close_date, m.id
-- choices:  sort=desc: ((SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND (d.expected_close_date, d.id) < ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date DESC, d.id DESC LIMIT $4 + $5) UNION ALL (SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date IS NULL AND d.id < $7 /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date DESC, d.id DESC LIMIT $4 + $5)) AS m ORDER BY m.expected_close_date DESC, m.id DESC
-- variants: stage: AND d.stage = $8
-- variants: pipeline: AND d.pipeline = $9
-- variants: owner: AND d.owner_id = $10
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8 | sums json?
-- index:    idx_deals_org_open_close
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, organizations, org_open_deal_sums
-- timeout:  2 s
-- budget:   30 + 4.5 * rows
-- sorts:    the page's rows of both parts
-- note:     deals without a day come last in ascending and first in descending order. Each part gives its
--           rows of the page, which a sort merges. First page: the ends of time, and nil (asc) or the highest id (desc) as
--           $3 and $7; after a dated row of a descending list no undated one follows: $7 is nil. Total and sums as in list_deals.
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
FROM (SELECT m.* FROM /*sort*/
      LIMIT $4 OFFSET $5) AS d;
