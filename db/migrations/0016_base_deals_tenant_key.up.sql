-- why: a tenant-carrying foreign key points at this pair; foreign keys ignore row level security.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on deals; reads and writes go on
-- owner: deals
-- undo: 0016_base_deals_tenant_key.down.sql
CREATE UNIQUE INDEX CONCURRENTLY deals_org_id_id_key ON public.deals (org_id, id);
