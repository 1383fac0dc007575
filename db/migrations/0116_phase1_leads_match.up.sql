-- why: whether a user has a lead already, by account, address, phone or name: 4 buffers each; the same index of names is the
--      list by name, filtered by status inside it. Customers in the order they became so.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on leads; reads and writes go on
-- owner: leads
-- undo: 0116_phase1_leads_match.down.sql
CREATE INDEX CONCURRENTLY idx_leads_user_email ON public.leads
  (user_id, email_key)
  WHERE email_key IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_leads_user_phone ON public.leads
  (user_id, phone_key)
  WHERE phone_key IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_leads_user_instagram ON public.leads
  (user_id, instagram_key)
  WHERE instagram_key IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_leads_user_name ON public.leads
  (user_id, name_key, id, status_key);
CREATE INDEX CONCURRENTLY idx_leads_user_customer ON public.leads
  (user_id, customer_key DESC, created_at DESC, id DESC)
  WHERE customer_key IS NOT NULL;
