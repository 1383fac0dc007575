-- Stores one task when all that it refers to belongs to the organisation, and logs it with the contact.
-- params:   $1 id uuid | $2 org_id uuid | $3 created_by uuid | $4 type text | $5 title text | $6 description text | $7 priority text | $8 due_at timestamptz | $9 status text | $10 contact_id uuid | $11 deal_id uuid | $12 assigned_to uuid | $13 snoozed_until timestamptz | $14 is_recurring bool | $15 recurrence_rule text | $16 parent_task_id uuid | $17 tags text[] | $18 activity_id uuid
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    none: an insert
-- mode:     write
-- place:    org
-- writes:   tasks, activities
-- timeout:  2 s
-- budget:   160
-- note:     no row: a reference is not the organisation's; check_references says which.
WITH made AS (
  INSERT INTO public.tasks (id, org_id, created_by, type, title, description, priority, due_at, status, contact_id, deal_id, assigned_to,
                     snoozed_until, is_recurring, recurrence_rule, parent_task_id, tags)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
  WHERE ($10 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $2 AND c.id = $10))
    AND ($11 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $2 AND d.id = $11))
    AND ($12 IS NULL OR EXISTS (SELECT FROM org_members AS o WHERE o.org_id = $2 AND o.user_id = $12))
    AND ($16 IS NULL OR EXISTS (SELECT FROM tasks AS p WHERE p.org_id = $2 AND p.id = $16))
  RETURNING *
), logged AS (
  INSERT INTO public.activities (id, org_id, contact_id, deal_id, user_id, type, subject, metadata)
  SELECT $18, m.org_id, m.contact_id, m.deal_id, $3, 'task_created', m.title, jsonb_build_object('task_id', m.id)
  FROM made AS m WHERE m.contact_id IS NOT NULL
)
SELECT id, org_id, type, title, description, priority, due_at,
       CASE WHEN status = 'snoozed' AND snoozed_until <= now() THEN 'pending' ELSE status END AS status,
       contact_id, deal_id, assigned_to, created_by, completed_at, snoozed_until, is_recurring,
       recurrence_rule, parent_task_id, tags, created_at, updated_at, row_version
FROM made;
