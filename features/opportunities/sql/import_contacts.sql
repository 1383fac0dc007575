-- Stores accounts of a file as contacts; those that an earlier import made stay as they are.
-- params:   $1 org_id uuid | $2 user_id uuid | $3 import_source text | $4 ids uuid[] | $5 names text[] | $6 industries text[] | $7 countries text[] | $8 company_sizes text[] | $9 contact_statuses text[] | $10 custom_fields_texts text[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    org
-- writes:   contacts
-- timeout:  60 s
-- budget:   100 + 60 * rows
INSERT INTO public.contacts (id, org_id, owner_id, created_by, name, company, industry, country, company_size, status, custom_fields, source, source_detail)
SELECT i.id, $1, $2, $2, i.name, i.name, i.industry, i.country, i.company_size, i.status, i.custom_fields::jsonb, 'import', $3
FROM unnest($4, $5, $6, $7, $8, $9, $10) AS i (id, name, industry, country, company_size, status, custom_fields)
ON CONFLICT (id) DO NOTHING;
