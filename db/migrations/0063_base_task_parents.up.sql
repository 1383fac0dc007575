-- why: a task's parent is a task of the same organisation; when the parent goes, its tasks stay.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on tasks; no scan of a found table (NOT VALID)
-- owner: tasks
-- undo: 0063_base_task_parents.down.sql
CALL salesflow.ensure_reference('public.tasks', 'salesflow_parent_fkey', 'org_id', 'parent_task_id', 'public.tasks', 'forget');
