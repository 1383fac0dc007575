-- Stores opportunities of a file as deals; those that an earlier import made stay as they are.
-- params:   $1 org_id uuid | $2 user_id uuid | $3 currency text | $4 ids uuid[] | $5 deal_contact_ids uuid[] | $6 owner_ids uuid[] | $7 titles text[] | $8 value_texts text[] | $9 deal_stages text[] | $10 probabilities int4[] | $11 product_texts text[] | $12 custom_fields_texts text[] | $13 created_ats timestamptz[] | $14 entered_ats timestamptz[] | $15 closed_ats timestamptz[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    org
-- writes:   deals
-- timeout:  60 s
-- budget:   100 + 80 * rows
INSERT INTO public.deals (id, org_id, created_by, currency, contact_id, owner_id, title, value, stage, probability, products, custom_fields,
                   created_at, stage_entered_at, closed_at, won)
SELECT i.id, $1, $2, $3, i.contact_id, i.owner_id, i.title, i.value::numeric, i.stage, i.probability, i.products::jsonb,
       i.custom_fields::jsonb, i.created_at, i.entered_at, i.closed_at, CASE i.stage WHEN 'won' THEN true WHEN 'lost' THEN false END
FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  AS i (id, contact_id, owner_id, title, value, stage, probability, products, custom_fields, created_at, entered_at, closed_at)
ON CONFLICT (id) DO NOTHING;
