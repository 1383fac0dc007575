-- why: tenant-carrying foreign keys point at this pair; foreign keys ignore row level security.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on tasks; reads and writes go on
-- owner: tasks
-- undo: 0062_base_tasks_tenant_key.down.sql
CREATE UNIQUE INDEX CONCURRENTLY tasks_org_id_id_key ON public.tasks (org_id, id);
