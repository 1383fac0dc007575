-- why: names stand in a person's order (ananas, Apfel, Ärger, Zebra), which is that of the folded name (0100); the same index
--      finds the beginning of a name.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on contacts; reads and writes go on
-- owner: contacts
-- undo: 0139_phase1_contacts_name_order.down.sql
CREATE INDEX CONCURRENTLY idx_contacts_org_name_order ON public.contacts
  (org_id, name_lc, id, status, lifecycle_stage, vertical, owner_id, score, next_followup_at);
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_name;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_name_lower;
