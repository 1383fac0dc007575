-- Contacts by organisation and person, whatever columns their table has; for `salesflow org adopt`.
-- params:   none
-- rows:     org_id uuid | person uuid | anchor_org uuid | anchor_person uuid | lost bool | rows int8
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    org
-- reads:    contacts
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  600 s
-- budget:   0
-- note:     person as in db/backfills/contacts_organisation.sql
SELECT c.org_id, c.person, NULL::uuid AS anchor_org, c.person AS anchor_person, false AS lost, count(*) AS rows
FROM (SELECT (j ->> 'org_id')::uuid AS org_id, coalesce(j ->> 'user_id', j ->> 'owner_id', j ->> 'created_by')::uuid AS person
      FROM public.contacts AS t, to_jsonb(t) AS j) AS c
GROUP BY c.org_id, c.person
