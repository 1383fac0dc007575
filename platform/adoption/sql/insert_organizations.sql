-- Makes organisations, and notes what each was made of; those that are there stay as they are.
-- params:   $1 ids uuid[] | $2 names text[] | $3 sources text[] | $4 keys text[]
-- rows:     none
-- index:    none: primary keys
-- mode:     write
-- place:    accounts
-- writes:   organizations, salesflow.adopted_organizations, salesflow.inserted_rows
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
WITH wanted AS (
  SELECT w.id, w.name, w.source, w.key FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS w (id, name, source, key)
), made AS (
  INSERT INTO public.organizations (id, name) SELECT w.id, w.name FROM wanted AS w ON CONFLICT (id) DO NOTHING RETURNING id
), noted AS (
  INSERT INTO salesflow.inserted_rows (relation, row_key, named_before)
  SELECT 'public.organizations', jsonb_build_object('id', m.id), w.source = 'org_id' FROM made AS m JOIN wanted AS w ON w.id = m.id
  WHERE NOT salesflow.made('table', 'public.organizations')
)
INSERT INTO salesflow.adopted_organizations (source, key, org_id) SELECT w.source, w.key, w.id FROM wanted AS w WHERE w.source <> ''
ON CONFLICT (source, key) DO NOTHING
