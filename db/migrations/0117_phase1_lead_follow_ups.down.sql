-- Brings back the list by follow-up of 0105; the others are dropped only if `up` built them.
DROP INDEX CONCURRENTLY IF EXISTS public.idx_followup_suggestions_user_due;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_followup_suggestions_user_lead;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_lead_interactions_user_lead;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_leads_next_followup;
CREATE INDEX CONCURRENTLY idx_leads_next_followup ON public.leads
  (user_id, next_follow_up, id)
  WHERE next_follow_up IS NOT NULL;
