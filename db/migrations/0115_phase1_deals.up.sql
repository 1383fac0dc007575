-- why: an organisation's deals: list and board in each of their sorts, a contact's deals, closed deals of a time range; the
--      open ones alone in partial indexes of 3 MB at 200 k deals. Totals of board and forecast are index-only.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on deals; reads and writes go on
-- owner: deals
-- undo: 0115_phase1_deals.down.sql
CREATE INDEX CONCURRENTLY idx_deals_org_created ON public.deals
  (org_id, created_at, id, stage, pipeline, owner_id);
CREATE INDEX CONCURRENTLY idx_deals_org_open_created ON public.deals
  (org_id, created_at, id, stage, pipeline, owner_id)
  WHERE closed_at IS NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_open_stage_entered ON public.deals
  (org_id, stage_entered_at, id, stage, pipeline, owner_id)
  WHERE closed_at IS NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_open_value ON public.deals
  (org_id, value_minor, id, stage, pipeline, owner_id)
  WHERE closed_at IS NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_open_close ON public.deals
  (org_id, expected_close_date, id, stage, pipeline, owner_id) INCLUDE (value, weighted_value)
  WHERE closed_at IS NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_board ON public.deals
  (org_id, pipeline, stage, stage_entered_at, id) INCLUDE (value, weighted_value)
  WHERE closed_at IS NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_contact ON public.deals
  (org_id, contact_id, created_at, id)
  WHERE contact_id IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_deals_org_closed ON public.deals
  (org_id, pipeline, closed_at) INCLUDE (won, value)
  WHERE closed_at IS NOT NULL;
