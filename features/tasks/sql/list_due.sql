-- Lists the open tasks of one person that are due before an instant, the longest overdue first; one keyset page with both counts.
-- params:   $1 org_id uuid | $2 assigned_to uuid | $3 cursor_due_at timestamptz | $4 cursor_id uuid | $5 due_before timestamptz | $6 overdue_before timestamptz | $7 limit_rows int8
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8 |
--           due_total int8 | overdue_total int8 | changes_at timestamptz?
-- index:    idx_tasks_org_open_due
-- mode:     read
-- place:    org
-- reads:    tasks
-- clock:    valid_until
-- timeout:  2 s
-- budget:   120 + 5 * rows
-- note:     the statuses stay literals, or a generic plan cannot use the partial index. A snoozed task is due again when its
--           time has come. Both counts stop at 10,000. changes_at: when the next of these tasks is back or overdue.
--           One row at least, for it: with the nil id the page is empty.
SELECT coalesce(t.id, '00000000-0000-0000-0000-000000000000'::uuid) AS id, coalesce(t.org_id, $1) AS org_id, coalesce(t.type, '') AS type,
       coalesce(t.title, '') AS title, t.description, coalesce(t.priority, '') AS priority, coalesce(t.due_at, '-infinity') AS due_at,
       CASE WHEN t.status = 'snoozed' AND t.snoozed_until <= now() THEN 'pending' ELSE coalesce(t.status, '') END AS status,
       t.contact_id, t.deal_id, t.assigned_to, t.created_by, t.completed_at, t.snoozed_until, coalesce(t.is_recurring, false) AS is_recurring,
       t.recurrence_rule, t.parent_task_id, coalesce(t.tags, '{}') AS tags, coalesce(t.created_at, '-infinity') AS created_at,
       coalesce(t.updated_at, '-infinity') AS updated_at, coalesce(t.row_version, 0) AS row_version,
       k.due_total, k.overdue_total, k.changes_at
FROM (SELECT
       (SELECT count(*) FROM (SELECT 1 FROM tasks AS m WHERE m.org_id = $1 AND m.assigned_to = $2 AND m.due_at < $5
                              AND m.status IN ('pending', 'in_progress', 'snoozed') AND (m.status <> 'snoozed' OR m.snoozed_until <= now())
                              LIMIT 10000) AS counted) AS due_total,
       (SELECT count(*) FROM (SELECT 1 FROM tasks AS m WHERE m.org_id = $1 AND m.assigned_to = $2 AND m.due_at < $6
                              AND m.status IN ('pending', 'in_progress', 'snoozed') AND (m.status <> 'snoozed' OR m.snoozed_until <= now())
                              LIMIT 10000) AS counted) AS overdue_total,
       (SELECT CASE WHEN count(*) > 10000 THEN now()
                    ELSE least(min(m.snoozed_until) FILTER (WHERE m.status = 'snoozed' AND m.snoozed_until > now()),
                               min(m.due_at) FILTER (WHERE m.due_at >= $6)) END
        FROM (SELECT m.status, m.due_at, m.snoozed_until FROM tasks AS m WHERE m.org_id = $1 AND m.assigned_to = $2 AND m.due_at < $5
              AND m.status IN ('pending', 'in_progress', 'snoozed') LIMIT 10001) AS m) AS changes_at) AS k
LEFT JOIN (SELECT m.id FROM tasks AS m
      WHERE m.org_id = $1 AND m.assigned_to = $2 AND (m.due_at, m.id) > ($3, $4) AND m.due_at < $5
        AND m.status IN ('pending', 'in_progress', 'snoozed') AND (m.status <> 'snoozed' OR m.snoozed_until <= now())
      ORDER BY m.due_at, m.id
      LIMIT $7) AS page ON true
LEFT JOIN LATERAL (SELECT r.* FROM tasks AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS t ON true;
