-- Changes one deal of the organisation, when it still has the version that the caller saw; a new stage is logged with its contact.
-- params:   $1 org_id uuid | $2 deal_id uuid | $3 user_id uuid | $4 changes jsonb | $5 activity_id uuid | $6 row_version int8
-- variants: version: AND d.row_version = $6
-- rows:     id uuid | org_id uuid | contact_id uuid? | owner_id uuid? | created_by uuid? | title text | description text? | notes text? |
--           value numeric | currency text? | recurring_value numeric? | recurring_interval text? | pipeline text? | stage text |
--           probability int4? | weighted_value numeric? | stage_entered_at timestamptz | expected_close_date date? | won bool? |
--           closed_at timestamptz? | lost_reason text? | lost_to_competitor text? | products jsonb | tags text[] | custom_fields jsonb |
--           created_at timestamptz | updated_at timestamptz | row_version int8 | from_stage text
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    mixed
-- reads:    contacts, org_members
-- writes:   deals, activities
-- timeout:  2 s
-- budget:   250
-- note:     $4 holds the members that change, null to clear one. No row when there is no such deal or version, or when contact or
--           owner are not the organisation's, or an amount is too fine for its currency. What follows from the stage (won, closed_at, stage_entered_at) triggers set.
--           ::date because the column was found as timestamptz, too.
WITH found AS MATERIALIZED (
  SELECT d.id, d.stage FROM deals AS d WHERE d.org_id = $1 AND d.id = $2 FOR NO KEY UPDATE
), changed AS (
  UPDATE public.deals AS d
  SET (contact_id, owner_id, title, description, notes, value, currency, recurring_value, recurring_interval, pipeline, stage, probability, expected_close_date, lost_reason, lost_to_competitor, products, tags, custom_fields) =
      (SELECT r.contact_id, r.owner_id, r.title, r.description, r.notes, r.value, r.currency, r.recurring_value, r.recurring_interval, r.pipeline, r.stage, r.probability, r.expected_close_date, r.lost_reason, r.lost_to_competitor, r.products, r.tags, r.custom_fields
       FROM jsonb_populate_record(d, $4) AS r)
  FROM found AS f
  WHERE d.org_id = $1 AND d.id = f.id /*version*/
    AND (NOT $4 ?| '{value,recurring_value,currency}'
         OR coalesce(greatest(CASE WHEN $4 ?| '{value,currency}' THEN scale(trim_scale(coalesce(($4 ->> 'value')::numeric, d.value::numeric))) END,
                              scale(trim_scale(($4 ->> 'recurring_value')::numeric))), 0) <= currency_decimals(currency_code(coalesce($4 ->> 'currency', d.currency::text))))
    AND ($4 ->> 'contact_id' IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $1 AND c.id = ($4 ->> 'contact_id')::uuid))
    AND ($4 ->> 'owner_id' IS NULL OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = ($4 ->> 'owner_id')::uuid))
  RETURNING d.*, f.stage AS from_stage
), logged AS (
  INSERT INTO public.activities (id, org_id, contact_id, deal_id, user_id, type, subject, metadata)
  SELECT $5, $1, d.contact_id, d.id, $3, 'stage_change', d.title, jsonb_build_object('from', d.from_stage, 'to', d.stage)
  FROM changed AS d WHERE d.contact_id IS NOT NULL AND coalesce(d.stage, 'new') <> d.from_stage
)
SELECT d.id, d.org_id, d.contact_id, d.owner_id, d.created_by, d.title, d.description, d.notes, d.value, currency_code(d.currency::text) AS currency, d.recurring_value,
       d.recurring_interval, d.pipeline, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value, d.stage_entered_at,
       d.expected_close_date::date AS expected_close_date, d.won, d.closed_at, d.lost_reason, d.lost_to_competitor, coalesce(d.products, '[]') AS products,
       coalesce(d.tags, '{}') AS tags, coalesce(d.custom_fields, '{}') AS custom_fields, d.created_at, d.updated_at, d.row_version, d.from_stage
FROM changed AS d;
