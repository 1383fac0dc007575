-- why: a tenant-carrying foreign key points at this pair; foreign keys ignore row level security.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads; reads and writes go on
-- owner: leads
-- undo: 0014_base_leads_tenant_key.down.sql
CREATE UNIQUE INDEX CONCURRENTLY leads_user_id_id_key ON public.leads (user_id, id);
