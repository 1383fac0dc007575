-- why: deals that were found have no totals yet; a transaction after the triggers of 0066, so that every deal is either
--      there to be summed or leaves a delta.
-- phase: base
-- transaction: one
-- lock: none but those of reading; reads deals once
-- owner: deals
-- undo: 0067_base_count_open_deals.down.sql
CALL salesflow.recount_open_deals();
