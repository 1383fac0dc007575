-- why: a contact's, lead's, deal's or user's notes, newest first, filtered by type inside the index: 28 buffers a page.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on crm_notes; reads and writes go on
-- owner: notes
-- undo: 0106_phase1_crm_notes.down.sql
CREATE INDEX CONCURRENTLY idx_crm_notes_user_contact_created ON public.crm_notes
  (user_id, contact_id, created_at DESC, id DESC, note_type)
  WHERE contact_id IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_crm_notes_user_lead_created ON public.crm_notes
  (user_id, lead_id, created_at DESC, id DESC, note_type)
  WHERE lead_id IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_crm_notes_user_deal_created ON public.crm_notes
  (user_id, deal_id, created_at DESC, id DESC, note_type)
  WHERE deal_id IS NOT NULL;
CREATE UNIQUE INDEX CONCURRENTLY idx_crm_notes_user_created ON public.crm_notes
  (user_id, created_at DESC, id DESC, note_type);
