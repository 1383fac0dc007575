-- Makes memberships, in the order given: a user's first is the one that a login without organisation takes.
-- params:   $1 org_ids uuid[] | $2 user_ids uuid[] | $3 roles text[]
-- rows:     none
-- index:    none: primary keys
-- mode:     write
-- place:    accounts
-- writes:   org_members, salesflow.inserted_rows
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
-- note:     found memberships may have no unique key.
WITH made AS (
  INSERT INTO public.org_members (org_id, user_id, role, created_at)
  SELECT w.org_id, w.user_id, w.role, now() + w.nr * interval '1 microsecond'
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS w (org_id, user_id, role, nr)
  WHERE NOT EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = w.org_id AND m.user_id = w.user_id)
  ON CONFLICT DO NOTHING
  RETURNING org_id, user_id
)
INSERT INTO salesflow.inserted_rows (relation, row_key)
SELECT 'public.org_members', jsonb_build_object('org_id', m.org_id, 'user_id', m.user_id) FROM made AS m
WHERE NOT salesflow.made('table', 'public.org_members')
