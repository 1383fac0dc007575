-- Reads one task of the organisation.
-- params:   $1 org_id uuid | $2 task_id uuid
-- rows:     id uuid | org_id uuid | type text | title text | description text? | priority text | due_at timestamptz | status text |
--           contact_id uuid? | deal_id uuid? | assigned_to uuid? | created_by uuid? | completed_at timestamptz? |
--           snoozed_until timestamptz? | is_recurring bool | recurrence_rule text? | parent_task_id uuid? | tags text[] |
--           created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    tasks_pkey
-- mode:     read
-- place:    org
-- reads:    tasks
-- clock:    bounded
-- timeout:  1 s
-- budget:   8
SELECT id, org_id, type, title, description, priority, due_at,
       CASE WHEN status = 'snoozed' AND snoozed_until <= now() THEN 'pending' ELSE status END AS status,
       contact_id, deal_id, assigned_to, created_by, completed_at, snoozed_until, is_recurring,
       recurrence_rule, parent_task_id, tags, created_at, updated_at, row_version
FROM tasks
WHERE org_id = $1 AND id = $2;
