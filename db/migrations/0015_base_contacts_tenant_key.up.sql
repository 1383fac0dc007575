-- why: a tenant-carrying foreign key points at this pair; foreign keys ignore row level security.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on contacts; reads and writes go on
-- owner: contacts
-- undo: 0015_base_contacts_tenant_key.down.sql
CREATE UNIQUE INDEX CONCURRENTLY contacts_org_id_id_key ON public.contacts (org_id, id);
