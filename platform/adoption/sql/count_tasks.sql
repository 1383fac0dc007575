-- Tasks by organisation, person and what decides where a task without organisation goes; for `salesflow org adopt`.
-- params:   none
-- rows:     org_id uuid | person uuid | anchor_org uuid | anchor_person uuid | lost bool | rows int8
-- index:    none: reads whole tables, once
-- mode:     read
-- place:    org
-- reads:    tasks, deals, contacts
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  600 s
-- budget:   0
-- note:     the anchor is the organisation or person of the contact or deal, the task's own person without either;
--           lost: one of them does not exist, or the two disagree. As in db/backfills/tasks_organisation.sql
WITH c AS MATERIALIZED (
  SELECT t.id, (j ->> 'org_id')::uuid AS org_id, coalesce(j ->> 'user_id', j ->> 'owner_id', j ->> 'created_by')::uuid AS person
  FROM public.contacts AS t, to_jsonb(t) AS j
), d AS MATERIALIZED (
  SELECT t.id, coalesce((j ->> 'org_id')::uuid, c.org_id) AS org_id,
         CASE WHEN j ->> 'contact_id' IS NULL THEN coalesce(j ->> 'owner_id', j ->> 'created_by')::uuid ELSE c.person END AS person,
         j ->> 'org_id' IS NULL AND j ->> 'contact_id' IS NOT NULL AND c.id IS NULL AS lost
  FROM public.deals AS t CROSS JOIN to_jsonb(t) AS j LEFT JOIN c ON c.id = (j ->> 'contact_id')::uuid
), t AS (
  SELECT (j ->> 'org_id')::uuid AS org_id, coalesce(j ->> 'assigned_to', j ->> 'created_by')::uuid AS person,
         (j ->> 'contact_id')::uuid AS contact_id, (j ->> 'deal_id')::uuid AS deal_id
  FROM public.tasks AS t, to_jsonb(t) AS j
)
SELECT t.org_id, t.person, coalesce(c.org_id, d.org_id) AS anchor_org,
       CASE WHEN t.contact_id IS NOT NULL THEN c.person WHEN t.deal_id IS NOT NULL THEN d.person ELSE t.person END AS anchor_person,
       (t.contact_id IS NOT NULL AND c.id IS NULL) OR (t.deal_id IS NOT NULL AND (d.id IS NULL OR d.lost))
         OR (t.contact_id IS NOT NULL AND t.deal_id IS NOT NULL AND (c.org_id, CASE WHEN c.org_id IS NULL THEN c.person END)
             IS DISTINCT FROM (d.org_id, CASE WHEN d.org_id IS NULL THEN d.person END)) AS lost,
       count(*) AS rows
FROM t LEFT JOIN c ON c.id = t.contact_id LEFT JOIN d ON d.id = t.deal_id
GROUP BY 1, 2, 3, 4, 5
