-- Tells which of the rows that a task refers to are the organisation's, and whether a parent stands above the task already.
-- params:   $1 org_id uuid | $2 contact_id uuid | $3 deal_id uuid | $4 assigned_to uuid | $5 parent_task_id uuid | $6 task_id uuid
-- rows:     contact_found bool | deal_found bool | member_found bool | parent_found bool | parent_fits bool
-- index:    none: lookups by key
-- mode:     read
-- place:    mixed
-- reads:    contacts, deals, org_members, tasks
-- sorts:    the chain above a parent is short
-- timeout:  1 s
-- budget:   60
-- note:     NULL refers to nothing and counts as found. A task does not fit below itself, nor more than 100 levels deep.
WITH RECURSIVE above AS (
  SELECT t.id, t.parent_task_id, 1 AS level FROM tasks AS t WHERE t.org_id = $1 AND t.id = $5
  UNION ALL
  SELECT t.id, t.parent_task_id, a.level + 1 FROM above AS a JOIN tasks AS t ON t.org_id = $1 AND t.id = a.parent_task_id WHERE a.level <= 100
)
SELECT $2 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $1 AND c.id = $2) AS contact_found,
       $3 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $1 AND d.id = $3) AS deal_found,
       $4 IS NULL OR EXISTS (SELECT FROM org_members AS o WHERE o.org_id = $1 AND o.user_id = $4) AS member_found,
       $5 IS NULL OR EXISTS (SELECT FROM above) AS parent_found,
       NOT EXISTS (SELECT FROM above AS a WHERE a.id = $6 OR a.level > 100) AS parent_fits;
