-- why: a tenant-carrying foreign key points at this pair; foreign keys ignore row level security.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on dm_conversations; reads and writes go on
-- owner: inbox
-- undo: 0017_base_conversations_tenant_key.down.sql
CREATE UNIQUE INDEX CONCURRENTLY dm_conversations_user_id_id_key ON public.dm_conversations (user_id, id);
