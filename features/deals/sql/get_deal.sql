-- Reads one deal of the organisation.
-- params:   $1 org_id uuid | $2 deal_id uuid
-- rows:     id uuid | org_id uuid | contact_id uuid? | owner_id uuid? | created_by uuid? | title text | description text? | notes text? |
--           value numeric | currency text? | recurring_value numeric? | recurring_interval text? | pipeline text? | stage text |
--           probability int4? | weighted_value numeric? | stage_entered_at timestamptz | expected_close_date date? | won bool? |
--           closed_at timestamptz? | lost_reason text? | lost_to_competitor text? | products jsonb | tags text[] | custom_fields jsonb |
--           created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     read
-- place:    org
-- reads:    deals
-- timeout:  1 s
-- budget:   8
SELECT d.id, d.org_id, d.contact_id, d.owner_id, d.created_by, d.title, d.description, d.notes, d.value, currency_code(d.currency::text) AS currency, d.recurring_value,
       d.recurring_interval, d.pipeline, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value, d.stage_entered_at,
       d.expected_close_date, d.won, d.closed_at, d.lost_reason, d.lost_to_competitor, coalesce(d.products, '[]') AS products,
       coalesce(d.tags, '{}') AS tags, coalesce(d.custom_fields, '{}') AS custom_fields, d.created_at, d.updated_at, d.row_version
FROM deals AS d
WHERE d.org_id = $1 AND d.id = $2;
