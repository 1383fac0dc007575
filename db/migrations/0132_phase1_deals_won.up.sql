-- why: won deals of a range of days, of all pipelines, with what they are grouped and summed by: index-only.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on deals; reads and writes go on
-- owner: analytics
-- undo: 0132_phase1_deals_won.down.sql
CREATE INDEX CONCURRENTLY idx_deals_org_won ON public.deals
  (org_id, closed_at) INCLUDE (value, currency, stage, owner_id, pipeline)
  WHERE closed_at IS NOT NULL AND won;
