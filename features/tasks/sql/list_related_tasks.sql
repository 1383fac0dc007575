-- Lists the tasks of a contact, of a deal or of both, with every filter and order of list_tasks; one page.
-- params:   $1 org_id uuid | $2 cursor_due_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 offset_rows int8 | $6 cursor_created_at timestamptz | $7 cursor_rank int4 | $8 due_after timestamptz | $9 due_until timestamptz | $10 statuses text[] | $11 types text[] | $12 priorities text[] | $13 assigned_to uuid | $14 contact_id uuid | $15 deal_id uuid
-- choices:  total=none: NULL::int8
-- choices:  total=capped: (SELECT count(*) FROM (SELECT 1 FROM (SELECT n.* FROM tasks AS n WHERE n.org_id = $1 /*of*/ OFFSET 0) AS m WHERE m.due_at >= $8 AND m.due_at <= $9 AND (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to LIMIT 10001) AS counted)
-- choices:  total=exact: (SELECT count(*) FROM (SELECT n.* FROM tasks AS n WHERE n.org_id = $1 /*of*/ OFFSET 0) AS m WHERE m.due_at >= $8 AND m.due_at <= $9 AND (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to)
-- choices:  sort=due_asc: AND m.due_at >= $8 AND m.due_at <= $9 AND (m.due_at, m.id) > ($2, $3) ORDER BY m.due_at, m.id
-- choices:  sort=due_desc: AND m.due_at >= $8 AND m.due_at <= $9 AND (m.due_at, m.id) < ($2, $3) ORDER BY m.due_at DESC, m.id DESC
-- choices:  sort=created_asc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (m.created_at, m.id) > ($6, $3) ORDER BY m.created_at, m.id
-- choices:  sort=created_desc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (m.created_at, m.id) < ($6, $3) ORDER BY m.created_at DESC, m.id DESC
-- choices:  sort=priority_desc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id) > ($7, $2, $3) ORDER BY CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id
-- choices:  sort=priority_asc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id) < ($7, $2, $3) ORDER BY CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END DESC, m.due_at DESC, m.id DESC
-- choices:  of=contact: AND n.contact_id = $14
-- choices:  of=deal: AND n.deal_id = $15
-- choices:  of=both: AND n.contact_id = $14 AND n.deal_id = $15
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8 |
--           total int8?
-- index:    tasks_org_contact_idx, tasks_org_deal_idx
-- mode:     read
-- place:    org
-- reads:    tasks
-- clock:    valid_until
-- timeout:  2 s
-- sorts:    a contact or a deal has few tasks; they are read and sorted whatever the order
-- budget:   400 + 5 * rows
-- note:     OFFSET 0 keeps the planner from an index that has the order: where most organisations have few tasks, a generic
--           plan walked a large one's 10,000 for a contact's 15.
SELECT t.id, t.org_id, t.type, t.title, t.description, t.priority, t.due_at,
       CASE WHEN t.status = 'snoozed' AND t.snoozed_until <= now() THEN 'pending' ELSE t.status END AS status,
       t.contact_id, t.deal_id, t.assigned_to, t.created_by, t.completed_at, t.snoozed_until, t.is_recurring,
       t.recurrence_rule, t.parent_task_id, t.tags, t.created_at, t.updated_at, t.row_version, /*total*/ AS total
FROM (SELECT m.id FROM (SELECT n.* FROM tasks AS n WHERE n.org_id = $1 /*of*/ OFFSET 0) AS m
      WHERE (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE
         AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE
         AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM tasks AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS t;
