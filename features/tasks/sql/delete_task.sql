-- Deletes one task of the organisation; tasks below it lose their parent.
-- params:   $1 org_id uuid | $2 task_id uuid | $3 row_version int8
-- variants: version: AND row_version = $3
-- rows:     none
-- index:    tasks_pkey
-- mode:     write
-- writes:   tasks
-- timeout:  2 s
-- budget:   60
DELETE FROM public.tasks WHERE org_id = $1 AND id = $2 /*version*/;
