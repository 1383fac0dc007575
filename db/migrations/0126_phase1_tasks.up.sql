-- why: an organisation's tasks in each of their orders, with what the list filters by as further key columns, so that a page is
--      chosen from the index alone; a person's open tasks by due date; tasks of a contact, a deal and a parent.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on tasks; reads and writes go on
-- owner: tasks
-- undo: 0126_phase1_tasks.down.sql
CREATE INDEX CONCURRENTLY idx_tasks_org_due ON public.tasks
  (org_id, due_at, id, status, type, priority, assigned_to, snoozed_until);
CREATE INDEX CONCURRENTLY idx_tasks_org_created ON public.tasks
  (org_id, created_at, id, due_at, status, type, priority, assigned_to, snoozed_until);
CREATE INDEX CONCURRENTLY idx_tasks_org_priority ON public.tasks
  (org_id, (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END), due_at, id, status, type, priority,
   assigned_to, snoozed_until);
CREATE INDEX CONCURRENTLY idx_tasks_org_open_due ON public.tasks
  (org_id, assigned_to, due_at, id, status, snoozed_until)
  WHERE status IN ('pending', 'in_progress', 'snoozed');
CREATE INDEX CONCURRENTLY idx_tasks_org_parent ON public.tasks
  (org_id, parent_task_id)
  WHERE parent_task_id IS NOT NULL;
