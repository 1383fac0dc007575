-- Lists an organisation's tasks in one of their orders with every filter and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_due_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 offset_rows int8 | $6 cursor_created_at timestamptz | $7 cursor_rank int4 | $8 due_after timestamptz | $9 due_until timestamptz | $10 statuses text[] | $11 types text[] | $12 priorities text[] | $13 assigned_to uuid
-- choices:  total=none: NULL::int8
-- choices:  total=counter: (SELECT coalesce(sum(n.rows), 0)::int8 FROM org_task_counts AS n WHERE n.org_id = $1)
-- choices:  total=capped: (SELECT count(*) FROM (SELECT 1 FROM tasks AS m WHERE m.org_id = $1 AND m.due_at >= $8 AND m.due_at <= $9 AND (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to LIMIT 10001) AS counted)
-- choices:  total=exact: (SELECT count(*) FROM tasks AS m WHERE m.org_id = $1 AND m.due_at >= $8 AND m.due_at <= $9 AND (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to)
-- choices:  sort=due_asc: AND m.due_at >= $8 AND m.due_at <= $9 AND (m.due_at, m.id) > ($2, $3) ORDER BY m.due_at, m.id
-- choices:  sort=due_desc: AND m.due_at >= $8 AND m.due_at <= $9 AND (m.due_at, m.id) < ($2, $3) ORDER BY m.due_at DESC, m.id DESC
-- choices:  sort=created_asc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (m.created_at, m.id) > ($6, $3) ORDER BY m.created_at, m.id
-- choices:  sort=created_desc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (m.created_at, m.id) < ($6, $3) ORDER BY m.created_at DESC, m.id DESC
-- choices:  sort=priority_desc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id) > ($7, $2, $3) ORDER BY CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id
-- choices:  sort=priority_asc: AND (m.due_at >= $8 AND m.due_at <= $9) IS NOT FALSE AND (CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, m.due_at, m.id) < ($7, $2, $3) ORDER BY CASE m.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END DESC, m.due_at DESC, m.id DESC
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8 |
--           total int8?
-- index:    idx_tasks_org_due, idx_tasks_org_created, idx_tasks_org_priority
-- mode:     read
-- place:    org
-- reads:    tasks, org_task_counts
-- clock:    valid_until
-- timeout:  2 s
-- budget:   60 + 5 * rows
-- budgets:  total=capped: 300 + 5 * rows
-- budgets:  total=exact: 800 + 5 * rows
-- note:     the page is chosen from the index alone, by id, then each row is read. A list filter that is not used is NULL,
--           and (x = ANY (NULL)) IS NOT FALSE lets every row pass without an OR; none of them could be an index condition
--           while the order is kept. The range of due dates is hidden the same way from the other orders: by its guess a
--           generic plan would sort. A snoozed task whose time has come counts as pending. Priorities sort as urgent, high,
--           normal, low, the earliest due first. First page: infinity and the highest id, or -infinity and nil.
SELECT t.id, t.org_id, t.type, t.title, t.description, t.priority, t.due_at,
       CASE WHEN t.status = 'snoozed' AND t.snoozed_until <= now() THEN 'pending' ELSE t.status END AS status,
       t.contact_id, t.deal_id, t.assigned_to, t.created_by, t.completed_at, t.snoozed_until, t.is_recurring,
       t.recurrence_rule, t.parent_task_id, t.tags, t.created_at, t.updated_at, t.row_version, /*total*/ AS total
FROM (SELECT m.id FROM tasks AS m
      WHERE m.org_id = $1 AND (CASE WHEN m.status = 'snoozed' AND m.snoozed_until <= now() THEN 'pending' ELSE m.status END = ANY ($10)) IS NOT FALSE
         AND (m.type = ANY ($11)) IS NOT FALSE AND (m.priority = ANY ($12)) IS NOT FALSE
         AND coalesce($13, m.assigned_to) IS NOT DISTINCT FROM m.assigned_to /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM tasks AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS t;
