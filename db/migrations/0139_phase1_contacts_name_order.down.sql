-- The indexes of 0112 come back.
CREATE INDEX CONCURRENTLY idx_contacts_org_name_lower ON public.contacts
  (org_id, name_lc, id);
CREATE INDEX CONCURRENTLY idx_contacts_org_name ON public.contacts
  (org_id, name, id, status, lifecycle_stage, vertical, owner_id, score, next_followup_at);
DROP INDEX CONCURRENTLY IF EXISTS public.idx_contacts_org_name_order;
