-- Changes one task; where it ends with this, logs that with its contact and makes its successor, all in one statement.
-- params:   $1 org_id uuid | $2 task_id uuid | $3 row_version int8 | $4 type text | $5 title text | $6 description_sent bool | $7 description text | $8 priority text | $9 due_at timestamptz | $10 status text | $11 contact_id_sent bool | $12 contact_id uuid | $13 deal_id_sent bool | $14 deal_id uuid | $15 assigned_to_sent bool | $16 assigned_to uuid | $17 snoozed_until_sent bool | $18 snoozed_until timestamptz | $19 is_recurring bool | $20 recurrence_rule_sent bool | $21 recurrence_rule text | $22 parent_task_id_sent bool | $23 parent_task_id uuid | $24 tags text[] | $25 actor_id uuid | $26 activity_id uuid | $27 next_id uuid | $28 next_due_at timestamptz | $29 next_rule text
-- variants: version: AND t.row_version = $3
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8 |
--           next_task_id uuid?
-- index:    tasks_org_id_id_key, tasks_pkey
-- mode:     write
-- place:    org
-- writes:   tasks, activities
-- sorts:    the chain above a parent is short
-- timeout:  2 s
-- budget:   200
-- note:     no row: gone, changed meanwhile, or a reference is not the organisation's. $26 is sent when the task ends with this
--           change, $28 when it has a successor. Callers that set a parent run lock_parents in front.
WITH RECURSIVE above AS (
  SELECT t.id, t.parent_task_id, 1 AS level FROM tasks AS t WHERE t.org_id = $1 AND t.id = $23
  UNION ALL
  SELECT t.id, t.parent_task_id, a.level + 1 FROM above AS a JOIN tasks AS t ON t.org_id = $1 AND t.id = a.parent_task_id WHERE a.level <= 100
), changed AS (
  UPDATE public.tasks AS t SET
    type = coalesce($4, t.type), title = coalesce($5, t.title), description = CASE WHEN $6 THEN $7 ELSE t.description END,
    priority = coalesce($8, t.priority), due_at = coalesce($9, t.due_at), status = coalesce($10, t.status),
    contact_id = CASE WHEN $11 THEN $12 ELSE t.contact_id END, deal_id = CASE WHEN $13 THEN $14 ELSE t.deal_id END,
    assigned_to = CASE WHEN $15 THEN $16 ELSE t.assigned_to END, snoozed_until = CASE WHEN $17 THEN $18 ELSE t.snoozed_until END,
    is_recurring = coalesce($19, t.is_recurring), recurrence_rule = CASE WHEN $20 THEN $21 ELSE t.recurrence_rule END,
    parent_task_id = CASE WHEN $22 THEN $23 ELSE t.parent_task_id END, tags = coalesce($24, t.tags),
    completed_at = CASE WHEN $10 IS NULL THEN t.completed_at WHEN $10 = 'completed' THEN coalesce(t.completed_at, now()) END
  WHERE t.org_id = $1 AND t.id = $2 /*version*/
    AND ($12 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $1 AND c.id = $12))
    AND ($14 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $1 AND d.id = $14))
    AND ($16 IS NULL OR EXISTS (SELECT FROM org_members AS o WHERE o.org_id = $1 AND o.user_id = $16))
    AND ($23 IS NULL OR EXISTS (SELECT FROM above) AND NOT EXISTS (SELECT FROM above AS a WHERE a.id = $2 OR a.level > 100))
    AND ($19 IS NOT TRUE OR CASE WHEN $20 THEN $21 ELSE t.recurrence_rule END IS NOT NULL)
  RETURNING t.*
), next AS (
  INSERT INTO public.tasks (id, org_id, created_by, type, title, description, priority, due_at, contact_id, deal_id, assigned_to, is_recurring,
                     recurrence_rule, parent_task_id, tags)
  SELECT $27, c.org_id, c.created_by, c.type, c.title, c.description, c.priority, $28, c.contact_id, c.deal_id, c.assigned_to, true, $29,
         coalesce(c.parent_task_id, c.id), c.tags
  FROM changed AS c WHERE $28::timestamptz IS NOT NULL
  RETURNING id
), logged AS (
  INSERT INTO public.activities (id, org_id, contact_id, deal_id, user_id, type, subject, metadata)
  SELECT $26, c.org_id, c.contact_id, c.deal_id, $25, 'task_completed', c.title, jsonb_build_object('task_id', c.id)
  FROM changed AS c WHERE $26::uuid IS NOT NULL AND c.contact_id IS NOT NULL
)
SELECT id, org_id, type, title, description, priority, due_at,
       CASE WHEN status = 'snoozed' AND snoozed_until <= now() THEN 'pending' ELSE status END AS status,
       contact_id, deal_id, assigned_to, created_by, completed_at, snoozed_until, is_recurring,
       recurrence_rule, parent_task_id, tags, created_at, updated_at, row_version,
       (SELECT n.id FROM next AS n) AS next_task_id
FROM changed;
