-- Brings back the index of 0105.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_next_followup;
CREATE INDEX CONCURRENTLY idx_leads_next_followup ON public.leads
  (user_id, next_follow_up, id)
  WHERE next_follow_up IS NOT NULL;
