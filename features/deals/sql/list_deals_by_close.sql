-- Lists an organisation's open deals by the day they should close, with the names of their contacts and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_close_date date | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 count_limit int8 | $7 undated_id uuid | $8 stage text | $9 pipeline text | $10 owner_id uuid
-- choices:  sort=asc: ((SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND (d.expected_close_date, d.id) > ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date, d.id LIMIT $4 + $5) UNION ALL (SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date IS NULL AND d.id > $7 /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date, d.id LIMIT $4 + $5)) AS m ORDER BY m.expected_close_date, m.id
-- choices:  sort=desc: ((SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND (d.expected_close_date, d.id) < ($2, $3) /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date DESC, d.id DESC LIMIT $4 + $5) UNION ALL (SELECT d.* FROM deals AS d WHERE d.org_id = $1 AND d.closed_at IS NULL AND d.expected_close_date IS NULL AND d.id < $7 /*stage*/ /*pipeline*/ /*owner*/ ORDER BY d.expected_close_date DESC, d.id DESC LIMIT $4 + $5)) AS m ORDER BY m.expected_close_date DESC, m.id DESC
-- variants: stage: AND d.stage = $8
-- variants: pipeline: AND d.pipeline = $9
-- variants: owner: AND d.owner_id = $10
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8
-- index:    idx_deals_org_open_close
-- mode:     read
-- place:    org
-- reads:    deals, contacts, org_open_deal_totals
-- timeout:  2 s
-- budget:   30 + 4.5 * rows
-- sorts:    the page's rows of both parts
-- note:     deals without a day come last in ascending and first in descending order. Each part gives its
--           rows of the page, which a sort merges. First page: the ends of time, and nil (asc) or the highest id (desc) as
--           $3 and $7; after a dated row of a descending list no undated one follows: $7 is nil.
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       (SELECT CASE WHEN $6 <> 0 THEN (SELECT coalesce(sum(d.deals), 0)::int8 FROM org_open_deal_totals AS d WHERE d.org_id = $1 /*stage*/ /*pipeline*/ /*owner*/) ELSE 0 END) AS total
FROM (SELECT m.* FROM /*sort*/
      LIMIT $4 OFFSET $5) AS d;
