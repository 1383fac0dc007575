-- why: an organisation's contacts in each of their sorts, filtered by up to six columns inside the index: n + 6 buffers
--      plain, 50 with one filter, 150 with lists. Ascending, NULLs last; read backwards it is descending, NULLs first.
--      None on updated_at: it would make every edit write all indexes (1,445 bytes of WAL for 96).
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on contacts; reads and writes go on
-- owner: contacts
-- undo: 0112_phase1_contacts.down.sql
CREATE INDEX CONCURRENTLY idx_contacts_org_created ON public.contacts
  (org_id, created_at, id, status, lifecycle_stage, vertical, owner_id, score, next_followup_at);
CREATE INDEX CONCURRENTLY idx_contacts_org_name ON public.contacts
  (org_id, name, id, status, lifecycle_stage, vertical, owner_id, score, next_followup_at);
CREATE INDEX CONCURRENTLY idx_contacts_org_last_contact ON public.contacts
  (org_id, last_contact_at, id, status, lifecycle_stage, vertical, owner_id, score, next_followup_at);
CREATE INDEX CONCURRENTLY idx_contacts_org_score ON public.contacts
  (org_id, score, id, status, lifecycle_stage, vertical, owner_id, next_followup_at);
CREATE INDEX CONCURRENTLY idx_contacts_org_status ON public.contacts
  (org_id, status, id, lifecycle_stage, vertical, owner_id, score, next_followup_at);
CREATE INDEX CONCURRENTLY idx_contacts_org_lead ON public.contacts
  (org_id, lead_id) INCLUDE (id)
  WHERE lead_id IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_contacts_org_name_lower ON public.contacts
  (org_id, name_lc, id);
