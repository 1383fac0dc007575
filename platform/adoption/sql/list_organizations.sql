-- All organisations with their owners and the number of their members, by name; for `salesflow org list` and adopt.
-- params:   none
-- rows:     id uuid | name text | members int8 | owners text | source text | created_at timestamptz
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    organizations, org_members, users, salesflow.adopted_organizations
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
SELECT o.id, o.name, count(m.user_id) AS members, coalesce(string_agg(u.email, ', ' ORDER BY u.email) FILTER (WHERE m.role = 'owner'), '') AS owners,
       coalesce((SELECT min(a.source) FROM salesflow.adopted_organizations AS a WHERE a.org_id = o.id), '') AS source, o.created_at
FROM public.organizations AS o
LEFT JOIN public.org_members AS m ON m.org_id = o.id
LEFT JOIN public.users AS u ON u.id = m.user_id
GROUP BY o.id, o.name, o.created_at
ORDER BY lower(o.name), o.id
