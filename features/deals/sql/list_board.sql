-- The cards of a pipeline's board: of each open stage those that entered it first.
-- params:   $1 org_id uuid | $2 pipeline text | $3 stages text[] | $4 cards_per_stage int8
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | contact_company text? | owner_id uuid? |
--           stage_entered_at timestamptz | notes text?
-- index:    idx_deals_org_board
-- mode:     read
-- reads:    deals, contacts
-- timeout:  3 s
-- budget:   20 + 5 * rows
-- note:     in the order of the stages asked for. A stage's further cards: list_board_stage. The whole board is a large $4.
SELECT d.id, d.title, d.value, d.currency, d.stage, d.probability, d.weighted_value, d.expected_close_date, d.contact_id,
       c.name AS contact_name, c.company AS contact_company, d.owner_id, d.stage_entered_at, d.notes
FROM unnest($3) WITH ORDINALITY AS s (stage, place)
CROSS JOIN LATERAL (SELECT o.* FROM deals AS o
                    WHERE o.org_id = $1 AND o.pipeline = $2 AND o.stage = s.stage AND o.closed_at IS NULL
                    ORDER BY o.stage_entered_at, o.id LIMIT $4) AS d
LEFT JOIN LATERAL (SELECT name, company FROM contacts WHERE id = d.contact_id AND org_id = d.org_id LIMIT 1) AS c ON true;
