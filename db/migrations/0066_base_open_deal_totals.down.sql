-- The totals go; they can be summed again.
CALL salesflow.undo(66);
DROP FUNCTION salesflow.fold_open_deals(integer);
DROP PROCEDURE salesflow.recount_open_deals();
DROP FUNCTION salesflow.forget_open_deals();
DROP FUNCTION salesflow.total_open_deals();
DROP FUNCTION salesflow.finite(numeric);
