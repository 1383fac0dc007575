-- Deals by organisation, person and what decides where a deal without organisation goes; for `salesflow org adopt`.
-- params:   none
-- rows:     org_id uuid | person uuid | anchor_org uuid | anchor_person uuid | lost bool | rows int8
-- index:    none: reads whole tables, once
-- mode:     read
-- place:    org
-- reads:    deals, contacts
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  600 s
-- budget:   0
-- note:     the anchor is the contact's organisation or person, the deal's own person without contact; lost: the
--           contact does not exist. As in db/backfills/deals_organisation.sql
SELECT d.org_id, d.person, c.org_id AS anchor_org, CASE WHEN d.contact_id IS NULL THEN d.person ELSE c.person END AS anchor_person,
       d.contact_id IS NOT NULL AND c.id IS NULL AS lost, count(*) AS rows
FROM (SELECT (j ->> 'org_id')::uuid AS org_id, coalesce(j ->> 'owner_id', j ->> 'created_by')::uuid AS person, (j ->> 'contact_id')::uuid AS contact_id
      FROM public.deals AS t, to_jsonb(t) AS j) AS d
LEFT JOIN (SELECT t.id, (j ->> 'org_id')::uuid AS org_id, coalesce(j ->> 'user_id', j ->> 'owner_id', j ->> 'created_by')::uuid AS person
           FROM public.contacts AS t, to_jsonb(t) AS j) AS c ON c.id = d.contact_id
GROUP BY 1, 2, 3, 4, 5
