-- Stores one deal; with a contact, also the activity that says so. No row when contact or owner are not the organisation's, or an amount is too fine for its currency.
-- params:   $1 id uuid | $2 org_id uuid | $3 user_id uuid | $4 deal jsonb | $5 activity_id uuid
-- rows:     id uuid | org_id uuid | contact_id uuid? | owner_id uuid? | created_by uuid? | title text | description text? | notes text? |
--           value numeric | currency text? | recurring_value numeric? | recurring_interval text? | pipeline text? | stage text |
--           probability int4? | weighted_value numeric? | stage_entered_at timestamptz | expected_close_date date? | won bool? |
--           closed_at timestamptz? | lost_reason text? | lost_to_competitor text? | products jsonb | tags text[] | custom_fields jsonb |
--           created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    mixed
-- reads:    contacts, org_members, organizations
-- writes:   deals, activities
-- timeout:  2 s
-- budget:   250
-- note:     $4 holds each member of the new deal; a missing owner is the caller, a missing currency the organisation's, and what else may not be missing has its default.
--           ::date because the column was found as timestamptz, too.
WITH asked AS MATERIALIZED (
  SELECT r.*, coalesce(r.currency, (SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $2), 'EUR') AS said_currency
  FROM jsonb_to_record($4) AS r (contact_id uuid, owner_id uuid, title text, description text, notes text, value numeric, currency text, recurring_value numeric, recurring_interval text, pipeline text, stage text, probability int4, expected_close_date date, lost_reason text, lost_to_competitor text, products jsonb, tags text[], custom_fields jsonb)
), made AS (
  INSERT INTO public.deals (id, org_id, created_by, contact_id, owner_id, title, description, notes, value, currency, recurring_value, recurring_interval, pipeline, stage, probability, expected_close_date, lost_reason, lost_to_competitor, products, tags, custom_fields)
  SELECT $1, $2, $3, r.contact_id, coalesce(r.owner_id, $3), r.title, r.description, r.notes, coalesce(r.value, 0), r.said_currency, r.recurring_value, r.recurring_interval, coalesce(r.pipeline, 'default'), coalesce(r.stage, 'new'), coalesce(r.probability, 10), r.expected_close_date, r.lost_reason, r.lost_to_competitor, coalesce(r.products, '[]'), coalesce(r.tags, '{}'), coalesce(r.custom_fields, '{}')
  FROM asked AS r
  WHERE coalesce(greatest(scale(trim_scale(r.value)), scale(trim_scale(r.recurring_value))), 0) <= currency_decimals(r.said_currency)
    AND (r.contact_id IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $2 AND c.id = r.contact_id))
    AND (r.owner_id IS NULL OR r.owner_id = $3 OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $2 AND m.user_id = r.owner_id))
  RETURNING *
), logged AS (
  INSERT INTO public.activities (id, org_id, contact_id, deal_id, user_id, type, subject, metadata)
  SELECT $5, $2, d.contact_id, d.id, $3, 'stage_change', d.title, jsonb_build_object('from', NULL, 'to', d.stage)
  FROM made AS d WHERE d.contact_id IS NOT NULL
)
SELECT d.id, d.org_id, d.contact_id, d.owner_id, d.created_by, d.title, d.description, d.notes, d.value, currency_code(d.currency::text) AS currency, d.recurring_value,
       d.recurring_interval, d.pipeline, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value, d.stage_entered_at,
       d.expected_close_date::date AS expected_close_date, d.won, d.closed_at, d.lost_reason, d.lost_to_competitor, coalesce(d.products, '[]') AS products,
       coalesce(d.tags, '{}') AS tags, coalesce(d.custom_fields, '{}') AS custom_fields, d.created_at, d.updated_at, d.row_version
FROM made AS d;
